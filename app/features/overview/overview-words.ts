import { countText } from '../../lib/words.ts';
import type {
  UndeliveredFigures,
  BreakerFigures,
  BucketCounts,
  DeadLetterFigures,
  OverviewFigures,
} from './figures.ts';

/**
 * What is not with the Agent service yet: "37 messages for the Agent service", else "12 webhooks for the Agent service". Whose
 * they are is another number than who waits for an answer (customers-waiting.ts): a person may have answered some of them.
 */
export function heldText({ pending, messages, isMinimum }: UndeliveredFigures): string {
  const what =
    messages === 0
      ? countText(pending, 'webhook')
      : `${isMinimum ? 'at least ' : ''}${countText(messages, 'message')}`;
  return `${what} for the Agent service`;
}

/**
 * "are held safely; none is lost", after what is held. That nothing is lost is said only while the ledger balances.
 * @param how more about it, for one and for several
 */
export function heldSafely(
  { backlog, ledger }: OverviewFigures,
  how: { one: string; several: string } = NO_MORE,
): string {
  const one = (backlog.messages === 0 ? backlog.pending : backlog.messages) === 1 && !backlog.isMinimum;
  const lost = ledger.balanced ? `; ${one ? 'it is not' : 'none is'} lost` : '';
  return `${one ? `is held safely${how.one}` : `are held safely${how.several}`}${lost}`;
}

const NO_MORE = { one: '', several: '' };
/** What is held goes out by itself. */
export const IN_ORDER = { one: ' and goes out by itself', several: ' and go out in order' };

/** Dead letters in customers' terms: "12 messages from 8 customers", else "12 webhooks". */
export function deadLettersText({ open, messages, customers }: DeadLetterFigures): string {
  if (!messages || messages !== open) return countText(open, 'webhook');
  return customers
    ? `${countText(messages, 'message')} from ${countText(customers, 'customer')}`
    : countText(messages, 'message');
}

/** A sentence's first letter. */
export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What was fetched from Chatwoot and waits for somebody's word. */
export const withheldSentence = (n: number): string =>
  `${countText(n, 'message')} found in Chatwoot ${n === 1 ? 'is no longer news and was' : 'are no longer news and were'} not sent: somebody has to say whether ${n === 1 ? 'it is' : 'they are'} to go out.`;

/** Error classes of attempts in words for people; status codes are added where there is one. */
const OUTCOMES: Record<string, string> = {
  dns: 'its name was not found',
  refused: 'the connection was refused',
  tls: 'its certificate was not accepted',
  reset: 'the connection broke',
  timeout: 'no answer in time',
};

/** Why an attempt failed: "HTTP 503", "no answer in time"; null when that was not recorded. */
export function failureText(outcome: string | null, status: number | null): string | null {
  if (status !== null) return `HTTP ${status}`;
  return outcome === null ? null : (OUTCOMES[outcome] ?? outcome.replaceAll('_', ' '));
}

/** What is wrong with the Agent service while the breaker is not closed, after "The Agent service …". */
export function agentTroubleText({ lastFailure }: BreakerFigures): string {
  return (lastFailure?.status ?? null) === null ? 'has not answered' : 'has answered with errors';
}

/** What came of the last attempt that failed, for whoever repairs it: "HTTP 503". */
export function lastAnswer({ lastFailure }: BreakerFigures): { detail?: string } {
  const detail = failureText(lastFailure?.outcome ?? null, lastFailure?.status ?? null);
  return detail === null ? {} : { detail };
}

/** Where things are on the page. */
export const LINKS = {
  charts: '/delivery?range=1h#charts',
  deadLetters: '/delivery#dead-letters',
  ledger: '/delivery#ledger',
  events: '/delivery#events',
  replays: '/delivery#replays',
  setup: '/#setup',
  fallback: '/fallback',
  waiting: '/waiting#now',
  proof: '/health#proof',
} as const;

/** Which of the last minutes had answers that came too late, and how many: `14:02 (3), 14:05 (1) UTC`; empty when none. */
export function lateMinutes(hour: readonly BucketCounts[], minutes: number): string {
  const late = hour.slice(-minutes).filter(({ late: n }) => n > 0);
  return late.length === 0
    ? ''
    : `${late.map(({ at, late: n }) => `${at.toISOString().slice(11, 16)} (${n})`).join(', ')} UTC`;
}
