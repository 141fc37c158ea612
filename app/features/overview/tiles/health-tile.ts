import type { ComponentHealth } from '../../health/health-view.ts';
import type { OverviewFigures } from '../figures.ts';
import type { Tile } from '../overview-view.ts';
import { downSince } from '../incident-rules.ts';
import { capital } from '../overview-words.ts';
import { durationText } from '../../../lib/time-words.ts';

/** Whether Chatwoot answers the health checks: measured values only, and unknown when nobody has looked lately. */
export function chatwootTile(figures: OverviewFigures, now: Date): Tile {
  const tile = healthState('chatwoot', figures, now);
  return {
    id: 'chatwoot',
    title: 'Chatwoot',
    ...tile,
    details: [...tile.details, ...uptimeDetails(figures.outage.uptime.chatwoot)],
    link: '/health#chatwoot',
    trend: [],
    days: figures.outage.uptime.chatwoot?.levels ?? null,
  };
}

/** How long it was down today, and on how many days a check failed. */
export const uptimeDetails = (uptime: OverviewFigures['outage']['uptime'][string] | undefined): string[] => [
  ...(uptime && uptime.downTodayMs > 0 ? [`Down ${durationText(uptime.downTodayMs)} today (UTC)`] : []),
  ...(uptime?.days ? [uptime.days] : []),
];

export type State = Pick<Tile, 'tone' | 'word' | 'figure' | 'details'>;

export const componentOf = (name: string, { outage }: OverviewFigures): ComponentHealth | undefined =>
  outage.components.find((one) => one.name === name);

/** A component as its health checks show it. */
export function healthState(name: 'chatwoot' | 'agent', figures: OverviewFigures, now: Date): State {
  const component = componentOf(name, figures);
  if (figures.agentHealthUrl === null)
    return {
      tone: 'unknown',
      word: 'Not connected',
      figure: 'Unknown',
      details: ['No connection is configured'],
    };
  if (!component)
    return {
      tone: 'unknown',
      word: 'Not checked yet',
      figure: 'Unknown',
      details: ['The first check is to come'],
    };
  const ago = (iso: string) => durationText(now.getTime() - Date.parse(iso));
  const checked = `Checked ${ago(component.checkedAt)} ago`;
  if (component.stale)
    return {
      tone: 'unknown',
      word: 'Not checked lately',
      figure: 'Unknown',
      details: [`Last checked ${ago(component.checkedAt)} ago`],
    };
  switch (component.state) {
    case 'up':
      return {
        tone: 'good',
        word: 'Up',
        figure: component.latencyMs === null ? 'Answers' : `Answers in ${component.latencyMs} ms`,
        details: [`Up for ${ago(component.since)}`, checked],
      };
    case 'degraded':
      return {
        tone: 'warning',
        word: 'Degraded',
        figure: 'Answers, with a fault',
        details: [capital(component.detail), checked],
      };
    case 'down':
      return {
        tone: 'critical',
        word: 'Down',
        figure: `Has not answered for ${durationText(now.getTime() - (downSince(name, figures) ?? new Date(component.since)).getTime())}`,
        details: [capital(component.detail), checked],
      };
    case 'inconclusive':
      return {
        tone: 'unknown',
        word: 'Inconclusive',
        figure: 'Unknown',
        details: [capital(component.detail), checked],
      };
    case 'unknown':
      return {
        tone: 'unknown',
        word: 'Unknown',
        figure: 'Unknown',
        details: [capital(component.detail), checked],
      };
  }
}
