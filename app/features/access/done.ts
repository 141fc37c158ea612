/** What a form of the pages "People" and "Account" did: in the address a code, never a sentence. */
const DONE = {
  withdrawn: 'The invitation is withdrawn.',
  role: 'The role is changed; it counts from the next click on.',
  deactivated: 'Deactivated: no sign-in, no sessions, no tokens.',
  reactivated: 'Active again. Tokens and password are as they were.',
  signed_out: 'Every session of that person is ended.',
  password: 'Your password is changed, and your other sessions are ended.',
  session: 'The session is ended.',
  second_factor_on: 'The second factor is on: the next sign-in asks for a code.',
  second_factor_off: 'The second factor is off.',
  token_revoked: 'The token is revoked.',
  nothing: 'Nothing to do: it was so already.',
} as const;

export type PeopleDone = 'withdrawn' | 'role' | 'deactivated' | 'reactivated' | 'signed_out' | 'nothing';
export type AccountDone =
  | 'password'
  | 'session'
  | 'signed_out'
  | 'second_factor_on'
  | 'second_factor_off'
  | 'token_revoked'
  | 'nothing';

/** The sentence of a code in the address; null when it is none of ours. */
export function doneText(code: string | null): string | null {
  return code !== null && Object.hasOwn(DONE, code) ? DONE[code as keyof typeof DONE] : null;
}
