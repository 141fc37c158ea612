import { ownPath } from '../../lib/http/same-origin.ts';
import { type NoticeText, withNotice } from '../../lib/notice.ts';

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
  browser: 'Kept for this browser.',
  device_on: 'This device wakes you from now on. Send a test to see that it does.',
  device: 'Kept for that device.',
  device_off: 'The device is taken off.',
  device_key: 'A new key is made. Everybody turns their devices on anew.',
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
  | 'browser'
  | 'nothing';

/** The sentence of a code in the address; null when it is none of ours. */
export function doneText(code: string | null): string | null {
  return code !== null && Object.hasOwn(DONE, code) ? DONE[code as keyof typeof DONE] : null;
}

/** By status of the refusal. In the URL it is a code, so that nobody can make the page say something by sending a link. */
const REFUSALS: Record<number, { code: string; text: string }> = {
  403: {
    code: 'refused_not_allowed',
    text: 'Not done: your role does not allow this any more. An admin can change it on the page "People".',
  },
  413: {
    code: 'refused_too_large',
    text: 'Not done: the form is over 1 MB. Shorten the text, or select by filter instead of one by one.',
  },
  415: {
    code: 'refused_not_a_form',
    text: 'Not done: what arrived was no form. Reload the page and try again.',
  },
};

/**
 * Where a form of the enhanced page goes back to when it was refused: to where it was sent from, with a sentence.
 * @param appUrl address of the app as people reach it, if configured
 * @returns null when it was not refused, or nobody knows from where it was sent
 */
export function wayBackOfRefusal(
  request: Pick<Request, 'method' | 'url' | 'headers'>,
  status: number,
  appUrl: string | undefined,
): string | null {
  const refusal = REFUSALS[status];
  const referer = request.headers.get('Referer');
  if (request.method !== 'POST' || !refusal || !referer) return null;
  const appOrigin = appUrl && new URL(appUrl).origin;
  const base = appOrigin && referer.startsWith(`${appOrigin}/`) ? appOrigin : request.url;
  const path = ownPath(referer, base, '');
  return path ? withNotice(path, { code: refusal.code }) : null;
}

/** The sentence of a refusal in a page's query; null when there is none. */
export function refusalNoticeText(params: URLSearchParams): NoticeText | null {
  const refusal = Object.values(REFUSALS).find(({ code }) => code === params.get('notice'));
  return refusal ? { tone: 'warning', text: refusal.text } : null;
}

/** Lists whose filters somebody can keep: their page, and where on it the list is. */
export const FILTER_PLACES = [
  { place: 'delivery', is: /^\/delivery$/, hash: 'dead-letters' },
  { place: 'waiting', is: /^\/waiting$/, hash: 'waiting' },
  { place: 'timeline', is: /^\/incidents\/\d+$/, hash: 'timeline' },
] as const;
export type FilterPlace = (typeof FILTER_PLACES)[number]['place'];

/** In UTF-16 units. */
export const LONGEST_FILTER_NAME = 60;

export interface SavedFilter {
  name: string;
  /** The query of the page's address. */
  query: string;
}

/** What is said once, or is where somebody was. */
const NOT_KEPT = ['page', 'notice', 'done', 'n', 'replay', 'range'];

/** What of a page's query is a filter, in the order in which it stands there. */
export function filterOf(query: string): string {
  const params = new URLSearchParams(query);
  for (const [name, value] of [...params]) if (value === '' || NOT_KEPT.includes(name)) params.delete(name);
  return params.toString();
}
