import type { ComponentHealth } from '../../health/health-view.ts';
import type { OverviewFigures } from '../figures.ts';
import type { Tile } from '../overview-view.ts';
import { capital } from '../overview-words.ts';
import { durationText } from '../../../lib/words.ts';

const TITLES = { chatwoot: 'Chatwoot', agent: 'Agent health' } as const;

/** Whether a service answers the health checks: measured values only, and unknown when nobody has looked lately. */
export function healthTile(name: keyof typeof TITLES, figures: OverviewFigures, now: Date): Tile {
  const component = figures.outage.components.find((one) => one.name === name);
  const uptime = figures.outage.uptime[name];
  const tile = stateOf(component, figures, now);
  return {
    id: name === 'agent' ? 'agent_health' : 'chatwoot',
    title: TITLES[name],
    ...tile,
    details: [
      ...tile.details,
      ...(uptime && uptime.downTodayMs > 0 ? [`Down ${durationText(uptime.downTodayMs)} today (UTC)`] : []),
      ...(uptime?.share ? [uptime.share] : []),
    ],
    link: `/health#${name}`,
    trend: [],
    days: uptime?.levels ?? null,
  };
}

type State = Pick<Tile, 'tone' | 'word' | 'figure' | 'details'>;

function stateOf(
  component: ComponentHealth | undefined,
  { agentHealthUrl }: OverviewFigures,
  now: Date,
): State {
  if (agentHealthUrl === null)
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
        figure: `Fails for ${ago(component.firstFailedAt ?? component.since)}`,
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
