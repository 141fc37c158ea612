import { countText, numberText } from '../../lib/words.ts';
import type { WaitingCheck, WaitingFigures } from './waiting-view.ts';

/** Everybody who waits for an answer of a person: in Chatwoot, and in tickets kept by hand. */
export interface CustomersWaiting {
  count: number;
  /** Longer than the target allows. */
  breached: number;
  /** More of them within the hour if nobody answers; those in tickets by hand are not foreseen. */
  dueSoon: number;
  /** Of these, as many will be late at the pace of the last hour; null: nobody answered then. */
  lateAtPace: number | null;
  unassigned: number;
  /** ISO; null: nobody waits. */
  oldestSince: string | null;
}

/** The one count of customers who wait for an answer; null while it is not known. */
export function customersWaiting(figures: WaitingFigures): CustomersWaiting | null {
  const { known, waiting, breached, unassigned, forecast, byHand, check } = figures;
  if (!known || check.counting) return null;
  // ISO times of one form sort as texts.
  const [oldestSince] = [figures.oldestSince, byHand.oldestSince].filter((at) => at !== null).sort();
  return {
    count: (waiting ?? 0) + byHand.waiting,
    breached: (breached ?? 0) + byHand.breached,
    dueSoon: forecast?.ifNobodyAnswers ?? 0,
    lateAtPace: forecast?.atPresentPace ?? null,
    unassigned: unassigned ?? 0,
    oldestSince: oldestSince ?? null,
  };
}

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
