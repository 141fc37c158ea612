import { durationText } from '../../../lib/time-words.ts';
import { countText } from '../../../lib/words.ts';
import type { ComponentHealth } from '../../health/health-view.ts';
import type { OverviewFigures } from '../figures.ts';
import { downSince, healthyAgain } from '../incident-rules.ts';
import { attemptsOf } from '../judge-figures.ts';
import type { Tile } from '../overview-view.ts';
import { agentTroubleText, capital, failureText } from '../overview-words.ts';
import { medianMs, trendOf } from './trend.ts';

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
const uptimeDetails = (uptime: OverviewFigures['outage']['uptime'][string] | undefined): string[] => [
  ...(uptime && uptime.downTodayMs > 0 ? [`Down ${durationText(uptime.downTodayMs)} today (UTC)`] : []),
  ...(uptime?.days ? [uptime.days] : []),
];

type State = Pick<Tile, 'tone' | 'word' | 'figure' | 'details'>;

const componentOf = (name: string, { outage }: OverviewFigures): ComponentHealth | undefined =>
  outage.components.find((one) => one.name === name);

const unknown = (word: string, details: string[]): State => ({
  tone: 'unknown',
  word,
  figure: 'Unknown',
  details,
});

/** A component as its health checks show it. */
function healthState(name: 'chatwoot' | 'agent', figures: OverviewFigures, now: Date): State {
  const component = componentOf(name, figures);
  if (figures.agentHealthUrl === null) return unknown('Not connected', ['No connection is configured']);
  if (!component) return unknown('Not checked yet', ['The first check is to come']);
  const ago = (iso: string) => durationText(now.getTime() - Date.parse(iso));
  const checked = `Checked ${ago(component.checkedAt)} ago`;
  if (component.stale) return unknown('Not checked lately', [`Last checked ${ago(component.checkedAt)} ago`]);
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
      return unknown('Inconclusive', [capital(component.detail), checked]);
    case 'unknown':
      return unknown('Unknown', [capital(component.detail), checked]);
  }
}

/**
 * Whether the Agent service works: by what it was sent and by its health checks, in one tile, so that the two cannot
 * contradict each other. What fails comes first; what was sent says more than a health check.
 */
export function agentTile(figures: OverviewFigures, now: Date): Tile {
  const state = stateOf(figures, now);
  const uptime = figures.outage.uptime.agent;
  return {
    id: 'agent',
    title: 'Agent service',
    ...state,
    details: [...state.details, ...uptimeDetails(uptime)],
    link: '/health#agent',
    trend: trendOf(figures.hour, medianMs(figures.timeoutMs)),
  };
}

function stateOf(figures: OverviewFigures, now: Date): State {
  if (figures.agentHealthUrl === null) return healthState('agent', figures, now);
  if (figures.breaker.state !== 'closed') return heldState(figures, now);
  const health = healthState('agent', figures, now);
  if (health.tone === 'critical' || health.tone === 'warning') return health;
  const failed = componentOf('agent', figures);
  const state = sentState(figures, now) ?? untriedState(figures, health);
  if (failed && !failed.stale && failed.failures > 0)
    return {
      ...state,
      tone: 'warning',
      word: 'A check failed',
      details: [capital(failed.detail), ...state.details],
    };
  return state;
}

/** The circuit breaker holds everything back. */
function heldState(figures: OverviewFigures, now: Date): State {
  const { breaker } = figures;
  if (healthyAgain(figures))
    return {
      tone: 'warning',
      word: 'Not tried',
      figure: 'Answers its health check, nothing is sent to it',
      details: lastFailure(figures),
    };
  const since = downSince('agent', figures);
  return {
    tone: 'critical',
    word: 'Outage',
    figure: `${capital(agentTroubleText({ ...breaker, lastFailure: null }))}${since ? ` for ${durationText(now.getTime() - since.getTime())}` : ''}`,
    details: [nextProbe(figures, now), ...lastFailure(figures)],
  };
}

function lastFailure({ breaker }: OverviewFigures): string[] {
  const failure = failureText(breaker.lastFailure?.outcome ?? null, breaker.lastFailure?.status ?? null);
  return failure ? [`Last failure: ${failure}`] : [];
}

/** What it did with what it was sent in the last 10 minutes; null: nothing was sent. */
function sentState(figures: OverviewFigures, now: Date): State | null {
  const { breaker, hour } = figures;
  const counts = attemptsOf(hour, 10);
  const tried = countText(counts.ok + counts.failed, 'attempt');
  if (counts.ok + counts.failed === 0) return null;
  if (counts.ok === 0)
    return { tone: 'warning', word: 'Failing', figure: `${tried} failed`, details: lastFailure(figures) };
  const median = medianMs(figures.timeoutMs)(hour.slice(-10));
  const details = median === null ? [] : [`Half within ${median} ms (10 min)`];
  if (breaker.closedAt && now.getTime() - breaker.closedAt.getTime() < 3_600_000)
    details.push(`Back for ${durationText(now.getTime() - breaker.closedAt.getTime())}`);
  return {
    tone: counts.failed === 0 ? 'good' : 'info',
    word: 'Answering',
    figure: `${countText(counts.ok, 'webhook')} taken in 10 min`,
    details: counts.failed === 0 ? details : [...details, `${countText(counts.failed, 'attempt')} failed`],
  };
}

/** Nothing was sent lately: then its health checks are all there is. */
function untriedState(figures: OverviewFigures, health: State): State {
  const details = ['Nothing sent to it in 10 min', ...health.details, ...lastFailure(figures)];
  return health.tone === 'good'
    ? { ...health, details }
    : {
        ...health,
        word: 'No traffic',
        figure: 'Not tried in 10 min',
        details: [...health.details, ...lastFailure(figures)],
      };
}

function nextProbe({ breaker, backlog }: OverviewFigures, now: Date): string {
  if (breaker.state === 'half_open') return 'Being tried with one webhook now';
  const wait = breaker.nextProbeAt ? breaker.nextProbeAt.getTime() - now.getTime() : 0;
  if (wait > 0) return `Next try in ${durationText(wait)}`;
  return backlog.pending === 0 ? 'Next try with the next webhook' : 'Next try is due now';
}
