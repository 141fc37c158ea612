import type { ComponentHealth, ProbeLine, UptimeDay } from '../../../features/health/health-view.ts';
import type { Tone } from '../../../features/overview/overview-view.ts';
import { countText } from '../../../lib/words.ts';

const STATES: Record<ComponentHealth['state'], { tone: Tone; word: string }> = {
  up: { tone: 'good', word: 'Up' },
  degraded: { tone: 'warning', word: 'Degraded' },
  down: { tone: 'critical', word: 'Down' },
  inconclusive: { tone: 'unknown', word: 'Inconclusive' },
  unknown: { tone: 'unknown', word: 'Unknown' },
};

/** How a component stands. What nobody has looked at lately is unknown, whatever it was then. */
export function healthOf({ state, stale }: Pick<ComponentHealth, 'state' | 'stale'>): {
  tone: Tone;
  word: string;
} {
  return stale ? { tone: 'unknown', word: 'Not checked lately' } : STATES[state];
}

const OUTCOMES: Record<ProbeLine['outcome'], { tone: Tone; word: string }> = {
  ok: { tone: 'good', word: 'Answered' },
  failed: { tone: 'critical', word: 'Failed' },
  inconclusive: { tone: 'unknown', word: 'Inconclusive' },
};

export const outcomeOf = ({ outcome }: Pick<ProbeLine, 'outcome'>) => OUTCOMES[outcome];

const PROBES: Record<string, string> = {
  'chatwoot.live': 'Answers at all',
  'chatwoot.api': 'Its API and what it depends on',
  'chatwoot.auth': 'Accepts our token',
  agent: 'Its health check',
  intake: 'Our own endpoint, asked from outside',
  database: 'A query',
  smtp: 'The mail server greets us',
};

export const probeName = (probe: string): string => PROBES[probe] ?? probe.replace(/^target:/, '');

/** "2026-11-22: 3 of 288 checks failed". */
export function dayText(day: UptimeDay): string {
  const checks = day.ok + day.failed;
  const unknown = day.inconclusive > 0 ? `, ${day.inconclusive} inconclusive` : '';
  if (checks === 0) return `${day.day}: not checked${unknown}`;
  const how =
    day.failed === 0
      ? `${countText(checks, 'check')}, all answered`
      : `${day.failed} of ${countText(checks, 'check')} failed`;
  return `${day.day}: ${how}${unknown}`;
}
