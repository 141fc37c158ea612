import { countText, numberText } from '../../lib/words.ts';
import type { CustomersWaiting, WaitingCheck } from './waiting-view.ts';

/** How far the first count is: "1,250 of 5,000"; null while Chatwoot has not said how many there are. */
export const countedText = ({ counted, total }: NonNullable<WaitingCheck['counting']>): string | null =>
  total === null ? null : `${numberText(counted)} of ${numberText(Math.max(counted, total))}`;

/** "11 customers wait for an answer", "No customer waits for an answer". */
export const waitForAnswer = (count: number): string =>
  count === 0
    ? 'No customer waits for an answer'
    : `${countText(count, 'customer')} ${count === 1 ? 'waits' : 'wait'} for an answer`;

/** Who is late and who will be, after who waits: "12 past the target, 445 more due within the hour". */
export function dueText({ count, breached, dueSoon }: CustomersWaiting): string {
  const of = (n: number, what: string) => {
    if (n < count) return `${numberText(n)} ${what}`;
    return n === 1 ? what : `all ${what}`;
  };
  if (breached === 0) return dueSoon === 0 ? 'none due within the hour' : of(dueSoon, 'due within the hour');
  const late = of(breached, 'past the target');
  return dueSoon === 0 ? late : `${late}, ${numberText(dueSoon)} more due within the hour`;
}
