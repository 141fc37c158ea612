/** What a form of the page "Drill" did: in the address a code, never a sentence. */
const DONE = {
  requested: 'The drill begins in a few seconds.',
  asked: 'Done within a second.',
  ended: 'The drill was ended before it began.',
  already_running: 'Not begun: another drill is running. There is one at a time.',
  real_incident: 'Not begun: a real incident is open. Practise when it is over.',
  not_understood: 'The form was not understood. Reload the page and try again.',
  not_running: 'Not done: the drill is over, or has not begun yet.',
  not_found: 'There is no such drill.',
} as const;

export type DrillDone = keyof typeof DONE;

const DID: readonly DrillDone[] = ['requested', 'asked', 'ended'];

/** The sentence of a code in the address; null when it is none of ours. */
export function drillNotice(code: string | null): { text: string; refused: boolean } | null {
  if (code === null || !Object.hasOwn(DONE, code)) return null;
  const done = code as DrillDone;
  return { text: DONE[done], refused: !DID.includes(done) };
}
