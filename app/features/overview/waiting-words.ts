import type { BacklogFigures, DeadLetterFigures, Figures } from './figures.ts';
import { countText } from './words.ts';

/**
 * What waits, in customers' terms where it is known: "37 messages from 21 customers", else "12 webhooks".
 * Followed by a verb, see `waits`.
 */
export function waitingText(backlog: BacklogFigures): string {
  const { pending, messages, customers, isMinimum } = backlog;
  if (messages === 0) return countText(pending, 'webhook');
  const atLeast = isMinimum ? 'at least ' : '';
  return fromCustomers(`${atLeast}${countText(messages, 'message')}`, atLeast, customers);
}

/**
 * "wait safely; none is lost", after what waits. That nothing is lost is said only while the ledger balances.
 * @param how more about the waiting, for one and for several
 */
export function waitsSafely(
  { backlog, ledger }: Figures,
  how: { one: string; several: string } = NO_MORE,
): string {
  const one = (backlog.messages === 0 ? backlog.pending : backlog.messages) === 1 && !backlog.isMinimum;
  const lost = ledger.balanced ? `; ${one ? 'it is not' : 'none is'} lost` : '';
  return `${one ? `waits safely${how.one}` : `wait safely${how.several}`}${lost}`;
}

const NO_MORE = { one: '', several: '' };
/** What waits goes out by itself. */
export const IN_ORDER = { one: ' and goes out by itself', several: ' and go out in order' };

/** Dead letters in customers' terms: "12 messages from 8 customers", else "12 webhooks". */
export function deadLettersText({ open, messages, customers }: DeadLetterFigures): string {
  if (!messages || messages !== open) return countText(open, 'webhook');
  return fromCustomers(countText(messages, 'message'), '', customers ?? 0);
}

const fromCustomers = (messages: string, atLeast: string, customers: number) =>
  customers === 0 ? messages : `${messages} from ${atLeast}${countText(customers, 'customer')}`;

/** A sentence's first letter. */
export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What was fetched from Chatwoot and waits for somebody's word. */
export const withheldSentence = (n: number): string =>
  `${countText(n, 'message')} found in Chatwoot ${n === 1 ? 'is no news any more and was' : 'are no news any more and were'} not sent: somebody has to say whether ${n === 1 ? 'it is' : 'they are'} to go out.`;
