import { agentTroubleText, capital, failureText, LINKS } from '../overview-words.ts';
import type { OverviewFigures } from '../figures.ts';
import type { Tile } from '../overview-view.ts';
import { medianMs, trendOf } from './trend.ts';
import { attemptsOf } from '../judge-figures.ts';
import { countText, durationText } from '../../../lib/words.ts';

/** Whether the Agent service takes what it is sent: the circuit breaker in words. */
export function agentTile(figures: OverviewFigures, now: Date): Tile {
  return {
    id: 'agent',
    title: 'Agent service',
    ...stateOf(figures, now),
    link: LINKS.charts,
    trend: trendOf(figures.hour, medianMs(figures.timeoutMs)),
  };
}

function stateOf(figures: OverviewFigures, now: Date): Pick<Tile, 'tone' | 'word' | 'figure' | 'details'> {
  const { breaker, hour, agentHealthUrl } = figures;
  if (agentHealthUrl === null)
    return {
      tone: 'unknown',
      word: 'Not connected',
      figure: 'Unknown',
      details: ['No connection is configured'],
    };
  const failure = failureText(breaker.lastFailure?.outcome ?? null, breaker.lastFailure?.status ?? null);
  const lastFailure = failure ? [`Last failure: ${failure}`] : [];
  if (breaker.state !== 'closed') {
    const age = breaker.openedAt ? ` for ${durationText(now.getTime() - breaker.openedAt.getTime())}` : '';
    return {
      tone: 'critical',
      word: 'Outage',
      figure: `${capital(agentTroubleText({ ...breaker, lastFailure: null }))}${age}`,
      details: [nextProbe(figures, now), ...lastFailure],
    };
  }
  const counts = attemptsOf(hour, 10);
  const tried = countText(counts.ok + counts.failed, 'attempt');
  if (counts.ok + counts.failed === 0)
    return { tone: 'unknown', word: 'No traffic', figure: 'Not tried in 10 min', details: lastFailure };
  if (counts.ok === 0)
    return { tone: 'warning', word: 'Failing', figure: `${tried} failed`, details: lastFailure };
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

function nextProbe({ breaker, backlog }: OverviewFigures, now: Date): string {
  if (breaker.state === 'half_open') return 'Being tried with one webhook now';
  const wait = breaker.nextProbeAt ? breaker.nextProbeAt.getTime() - now.getTime() : 0;
  if (wait > 0) return `Next try in ${durationText(wait)}`;
  return backlog.pending === 0 ? 'Next try with the next webhook' : 'Next try is due now';
}
