/** What the last action did, as a page says it. */
export interface NoticeText {
  tone: 'success' | 'info' | 'warning';
  text: string;
}

/** The numbers that a notice may bring along. */
const NUMBERS = ['n', 'replay', 'inReplay'] as const;

/** Everything that a notice puts into a page's query. */
export const NOTICE_PARAMETERS = ['notice', ...NUMBERS] as const;

/** A code and numbers, never a sentence, so that nobody can make a page say something by sending a link. */
type AnyNotice = { code: string } & Partial<Record<(typeof NUMBERS)[number], number>>;

/**
 * Puts a notice into the query of the page's own path and takes an older one out. Say whose notice it is:
 * `withNotice<IncidentNotice>(…)`.
 * @param without further parameters that are of no use after the action
 */
export function withNotice<N extends AnyNotice>(
  path: string,
  notice: N,
  without: readonly string[] = [],
): string {
  const url = new URL(path, 'http://page');
  for (const name of [...NOTICE_PARAMETERS, ...without]) url.searchParams.delete(name);
  url.searchParams.set('notice', notice.code);
  for (const name of NUMBERS)
    if (notice[name] !== undefined) url.searchParams.set(name, String(notice[name]));
  return `${url.pathname}${url.search}${url.hash}`;
}

/** A number that a notice brings; 0 for what is none. */
export function noticeNumber(params: URLSearchParams, name: (typeof NUMBERS)[number]): number {
  const value = Number(params.get(name) ?? 0);
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** Texts by code: a tone, and a sentence or what makes one of `n`. */
export type NoticeTexts = Record<string, readonly [NoticeText['tone'], string | ((n: number) => string)]>;

/** The sentence of the notice in a page's query; null when there is none, or none of these. */
export function findNotice(texts: NoticeTexts, params: URLSearchParams): NoticeText | null {
  const code = params.get('notice') ?? '';
  if (!Object.hasOwn(texts, code)) return null;
  const [tone, text] = texts[code]!;
  return { tone, text: typeof text === 'string' ? text : text(noticeNumber(params, 'n')) };
}
