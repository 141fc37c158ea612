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

/** What an action of the page of those who wait came to, by the code in its address. */
const NOTICES: Record<string, { text: string; refused: boolean }> = {
  started: {
    text: 'The comparison with Chatwoot has started. This page shows what it finds.',
    refused: false,
  },
  already_running: { text: 'A comparison is running already. Ask again when it is done.', refused: true },
  paused: { text: 'A comparison is paused. Resume it, or cancel it first.', refused: true },
  comparison_paused: {
    text: 'Paused: no further conversation is compared until somebody resumes it, or for an hour at most.',
    refused: false,
  },
  comparison_resumed: { text: 'The comparison goes on where it was.', refused: false },
  comparison_cancelled: {
    text: 'Cancelled: what was found stays found, and what was not compared yet is left to the next comparison.',
    refused: false,
  },
  comparison_not_changed: {
    text: 'Nothing was changed: it had ended, or somebody was faster.',
    refused: true,
  },
  nothing_received: {
    text: 'Nothing to compare: Chatwoot was never connected, and no webhook has come from it.',
    refused: true,
  },
  not_connected: { text: 'Chatwoot is not connected.', refused: true },
  since_not_understood: {
    text: 'The time was not understood: put 30m, 2h, 3d or a time such as 2026-11-23 05:00 (UTC) there.',
    refused: true,
  },
  sent: { text: 'They go out to the Agent service now.', refused: false },
  left: { text: 'They stay unsent. They are on record as discarded in your name.', refused: false },
  nothing_withheld: {
    text: 'Nothing was changed: it was decided already, by you or somebody else.',
    refused: true,
  },
  withheld_not_understood: { text: 'Nothing was changed: the choice was not understood.', refused: true },
  database_away: { text: 'Nothing was changed: the database does not answer.', refused: true },
  withheld_unsure: {
    text: 'The database stopped answering: look below whether it was done before you ask again.',
    refused: true,
  },
  assigned: { text: 'The conversations are being handed over. The result of each is below.', refused: false },
  nothing_chosen: {
    text: 'Nothing was handed over: no conversation was chosen, or another person was faster.',
    refused: true,
  },
  too_many: { text: 'Nothing was handed over: no more than 500 conversations at once.', refused: true },
  agent_unknown: {
    text: 'Nothing was handed over: Chatwoot does not know that agent any more.',
    refused: true,
  },
  may_not_see: {
    text: 'Nothing was handed over: somebody does not see one of these conversations in Chatwoot any more, being no member of its inbox. Plan again.',
    refused: true,
  },
  assignment_paused: {
    text: 'Paused: no further conversation is assigned until somebody resumes it.',
    refused: false,
  },
  assignment_running: { text: 'It goes on.', refused: false },
  assignment_cancelled: {
    text: 'Cancelled: what was assigned so far stays assigned, the rest was left as it is.',
    refused: false,
  },
  assignment_not_changed: {
    text: 'Nothing was changed: it had ended, or somebody was faster.',
    refused: true,
  },
  chatwoot_failed: { text: 'Nothing was handed over: Chatwoot did not say who is there.', refused: true },
};

export const waitingNotice = (code: string | null) =>
  code !== null && Object.hasOwn(NOTICES, code) ? NOTICES[code]! : null;
