import type {
  ComponentHealth,
  ComponentHistory,
  ProbeLine,
  UptimeDay,
} from '../../../features/health/health-view.ts';
import type { ProbeErrorClass } from '../../../features/health/probes/probe.ts';
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

const FAILURES: Record<ProbeErrorClass, string> = {
  dns: 'Its name cannot be found.',
  refused: 'It refuses the connection, or there is no way to it.',
  reset: 'It breaks the connection off.',
  tls: 'No secure connection can be made.',
  timeout: 'It does not answer in time.',
  http_3xx: 'It sends us to another address: put that one into the settings.',
  http_4xx: 'It answers, and refuses the check.',
  http_5xx: 'It answers with an error.',
  token_refused: 'It answers, and does not accept our token: see CHATWOOT_API_TOKEN.',
  services_failing: 'It answers, and says that its queue fails.',
  data_failing: 'It answers, and says that its database fails.',
  throttled: 'It answers, and asks us to slow down.',
  plan_without_api: 'It answers, but its plan has no API and sends no webhooks.',
  account_suspended: 'It answers, but our account there is suspended.',
  account_unknown: 'It answers, but does not know our account: see CHATWOOT_ACCOUNT_ID.',
  not_chatwoot: 'Something answers there that is not Chatwoot.',
  not_agent: 'A web page answers there, and not the Agent service.',
  not_ours: 'Something answers at our address that is not this app.',
  smtp: 'It does not greet as a mail server does.',
  database: 'It does not answer a simple query.',
};

/** What a check that did not succeed found, as a sentence; null when it did, or when no more is known than that. */
export const failureText = ({
  outcome,
  errorClass,
}: Pick<ProbeLine, 'outcome' | 'errorClass'>): string | null =>
  outcome !== 'ok' && errorClass !== null && Object.hasOwn(FAILURES, errorClass)
    ? FAILURES[errorClass as ProbeErrorClass]
    : null;

/** How a component stands, as a sentence; what exactly was answered is one click away. */
export function componentText({ state, probes }: Pick<ComponentHistory, 'state' | 'probes'>): string {
  const failed = probes.flatMap((probe) => failureText(probe) ?? []);
  if (failed.length > 0) return failed[0]!;
  if (state === 'up') return 'It answers.';
  return state === 'down' || state === 'degraded'
    ? 'Its checks fail.'
    : 'It is not known whether it answers.';
}

const PROBES: Record<string, string> = {
  'chatwoot.live': 'Answers at all',
  'chatwoot.api': 'Its API and what it depends on',
  'chatwoot.auth': 'Accepts our token',
  agent: 'Its health check',
  intake: 'Our own endpoint, asked from outside',
  database: 'A query',
  smtp: 'The mail server greets us',
};

export const probeName = (probe: string): string =>
  Object.hasOwn(PROBES, probe) ? PROBES[probe]! : probe.replace(/^target:/, '');

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
