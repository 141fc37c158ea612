/** What a form of the pages "People" and "Account" did: in the address a code, never a sentence. */
const DONE = {
  withdrawn: 'The link is withdrawn.',
  role: 'The role is changed; it counts from the next click on. Open links that they made or that were for them are void.',
  deactivated:
    'Deactivated: no sign-in, no sessions; tokens are revoked, and open links that they made are void.',
  reactivated: 'Active again, with the password as it was. Tokens that they had stay revoked.',
  signed_out: 'Every session of that person is ended.',
  password: 'Your password is changed, and your other sessions are ended.',
  session: 'The session is ended.',
  second_factor_on: 'The second factor is on: the next sign-in asks for a code.',
  second_factor_off: 'The second factor is off.',
  token_revoked: 'The token is revoked.',
  unlinked:
    'Single sign-on is unlinked, and sessions that may have come by it are ended. It links itself again at the next sign-in with a verified address.',
  nothing: 'Nothing to do: it was so already.',
} as const;

export type PeopleDone =
  'withdrawn' | 'role' | 'deactivated' | 'reactivated' | 'signed_out' | 'unlinked' | 'nothing';
export type AccountDone =
  | 'password'
  | 'session'
  | 'signed_out'
  | 'second_factor_on'
  | 'second_factor_off'
  | 'token_revoked'
  | 'unlinked'
  | 'nothing';

/** The sentence of a code in the address; null when it is none of ours. */
export function doneText(code: string | null): string | null {
  return code !== null && Object.hasOwn(DONE, code) ? DONE[code as keyof typeof DONE] : null;
}
