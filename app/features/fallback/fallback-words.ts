/** What a form of the page "Fallback" did: in the address a code, never a sentence. */
const DONE = {
  on: 'Fallback mode is on. The steps below show how far everything else is.',
  off: 'Fallback mode is off. What waited goes out in order; what is left out is listed below.',
  not_switched: 'Not switched: it had been switched already. The page shows by whom.',
  reason_missing: 'Not switched: give a reason, so that the others and the report know why.',
  checklist_open: 'Not switched off: the restore checklist is open. Finish it, or override it with a reason.',
  not_understood: 'The form was not understood. Reload the page and try again.',
  database_away: 'Nothing was done: the database does not answer. Try again when it does.',
  database_lost:
    'The database stopped answering at the last moment: look below whether it took effect before you try again.',
  requested: 'Requested: the steps below show how far it is.',
  nothing_new: 'Nothing to do: that was requested already.',
  nothing_chosen: 'Nothing done: choose an inbox first.',
  not_on: 'Not done: fallback mode is off.',
  retried: 'Trying again.',
  not_failed: 'Nothing to try again: the step has not failed.',
  restored: 'It goes out to the Agent service after all.',
  nothing_to_restore:
    'Nothing to send: it was sent on already, or its text was removed after the retention time.',
} as const;

export type FallbackDone = keyof typeof DONE;

const REFUSED: readonly string[] = [
  'not_switched',
  'reason_missing',
  'checklist_open',
  'not_understood',
  'database_away',
  'database_lost',
  'nothing_chosen',
  'not_on',
  'not_failed',
  'nothing_to_restore',
];

/** The sentence of a code in the address; null when it is none of ours. */
export function fallbackNotice(code: string | null): { text: string; refused: boolean } | null {
  if (code === null || !Object.hasOwn(DONE, code)) return null;
  return { text: DONE[code as FallbackDone], refused: REFUSED.includes(code) };
}

/** The code of a change that the database did not take. */
export const awayNotice = ({ sure }: { sure: boolean }): FallbackDone =>
  sure ? 'database_away' : 'database_lost';
