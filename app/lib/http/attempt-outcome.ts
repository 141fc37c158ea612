/** How one HTTP request to another service ended. The names are the labels of metrics, rollups and charts. */
export type AttemptOutcome =
  | 'ok'
  | 'dns'
  | 'refused'
  | 'tls'
  | 'reset'
  | 'timeout'
  | 'http_3xx'
  | 'http_4xx'
  | 'http_408'
  | 'http_425'
  | 'http_429'
  | 'http_5xx'
  /** 2xx with a page for people, as a sign-in or a host's notice before the other side answers: it never saw the request. */
  | 'web_page'
  | 'interrupted';

/** Everything that may pass by itself: network errors, timeouts, pages, 408, 425, 429 and 5xx. Other answers would be the same again. */
export function isRetryable(outcome: AttemptOutcome): boolean {
  return outcome !== 'ok' && outcome !== 'http_3xx' && outcome !== 'http_4xx';
}

/** Only a 2xx is success; redirects are not followed. */
export function outcomeOfStatus(status: number): AttemptOutcome {
  if (status >= 200 && status < 300) return 'ok';
  if (status === 408 || status === 425 || status === 429) return `http_${status}`;
  if (status >= 500) return 'http_5xx';
  return status >= 400 ? 'http_4xx' : 'http_3xx';
}

/** The same, with what came with it. */
export function outcomeOfAnswer(status: number, body: string): AttemptOutcome {
  const outcome = outcomeOfStatus(status);
  return outcome === 'ok' && isPage(body) ? 'web_page' : outcome;
}

/** What may stand before an HTML document: an XML declaration, comments. */
const BEFORE_PAGE = /^\s*(<\?xml[^>]*>|<!--.*?-->)/is;

/** Whether a text is an HTML document. */
export function isPage(body: string): boolean {
  let text = body;
  for (let before = BEFORE_PAGE.exec(text); before; before = BEFORE_PAGE.exec(text))
    text = text.slice(before[0].length);
  return /^\s*<(!doctype html|html|head|body|title|script|meta)\b/i.test(text);
}

const DNS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'ENODATA', 'ESERVFAIL']);
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'EADDRNOTAVAIL']);
const TIMEOUT = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_ABORTED',
]);

/** The class of a network error; what is not known by its code counts as a broken connection. */
export function outcomeOfError(error: unknown): AttemptOutcome {
  const { code, name, cause, errors } = error as {
    code?: string;
    name?: string;
    cause?: unknown;
    errors?: unknown[];
  };
  if (name === 'TimeoutError' || name === 'AbortError' || (code && TIMEOUT.has(code))) return 'timeout';
  if (code && DNS.has(code)) return 'dns';
  if (code && UNREACHABLE.has(code)) return 'refused';
  if (code && /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/.test(code))
    return 'tls';
  // Happy eyeballs reports one error for each address it tried.
  const inner = cause ?? errors?.[0];
  return inner ? outcomeOfError(inner) : 'reset';
}

/**
 * `Retry-After` in whole ms from now, from seconds, also with decimals as some send them, or an HTTP date; null when
 * absent or not understood. Of several, as a service and the proxy before it may each name one, the longest counts.
 * @param date the answer's `Date`: a moment that the other side names is one of its own clock
 */
export function parseRetryAfter(
  header: string | string[] | undefined,
  now: Date,
  date?: string | string[],
): number | null {
  if (header === undefined) return null;
  const theirNow = parseHttpDate((Array.isArray(date) ? date[0] : date)?.trim() ?? '') ?? now.getTime();
  const waits = [header].flat().flatMap((text) =>
    // Joined to one line by whoever took them in; a date has a comma of its own.
    text.split(SEVERAL).flatMap((one) => waitOf(one.trim(), theirNow) ?? []),
  );
  return waits.length > 0 ? Math.max(...waits) : null;
}

/** Before a number that stands alone, or before the name of a day. */
const SEVERAL = /,(?=\s*(?:\d+(?:\.\d+)?\s*(?:,|$)|[A-Z][a-z]+,))/;
/** More seconds than this are no wait that anybody meant: every caller has a limit far below. */
const MOST_SECONDS = 366 * 86_400;

function waitOf(text: string, theirNow: number): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Math.min(Number(text), MOST_SECONDS) * 1000);
  const at = parseHttpDate(text);
  return at === null ? null : Math.min(Math.max(0, at - theirNow), MOST_SECONDS * 1000);
}

/** The three forms of RFC 9110, 5.6.7; the last one names no zone and means UTC. */
const WITH_ZONE = /^[A-Z][a-z]+, \d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** @returns ms since 1970; null for everything else, which Date.parse would make some moment of */
function parseHttpDate(text: string): number | null {
  const at = WITH_ZONE.test(text) ? Date.parse(text) : ASCTIME.test(text) ? Date.parse(`${text} GMT`) : NaN;
  return Number.isNaN(at) ? null : at;
}
