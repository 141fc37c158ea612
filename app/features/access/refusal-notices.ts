import { ownPath } from '../../lib/same-origin.ts';

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
  if (!path) return null;
  const url = new URL(path, 'http://page');
  for (const name of ['notice', 'n']) url.searchParams.delete(name);
  url.searchParams.set('notice', refusal.code);
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The sentence of a refusal in a page's query; null when there is none. */
export function refusalNoticeText(params: URLSearchParams): { tone: 'warning'; text: string } | null {
  const refusal = Object.values(REFUSALS).find(({ code }) => code === params.get('notice'));
  return refusal ? { tone: 'warning', text: refusal.text } : null;
}
