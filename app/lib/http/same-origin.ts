/**
 * Whether a request that changes something may come from where it comes from. The rule of Go's
 * net/http.CrossOriginProtection: what the browser says in Sec-Fetch-Site decides; without it Origin must be our
 * own host; with neither it is no browser, and nothing it sends was made by another site.
 * @param appOrigins origins people reach the app at beside the Host header, e.g. behind a proxy that rewrites it
 */
export function isSameOrigin(headers: Headers, appOrigins: readonly string[] = []): boolean {
  const origin = headers.get('Origin');
  if (origin !== null && appOrigins.includes(origin)) return true;
  const site = headers.get('Sec-Fetch-Site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  if (origin === null) return true;
  if (!URL.canParse(origin)) return false;
  return new URL(origin).host === headers.get('Host');
}

/**
 * Path on this site to return to after a form, or `fallback` when the wish names another site or is none.
 * @param wish a path with query, or a whole URL such as the Referer
 * @param requestUrl URL of the request itself
 */
export function ownPath(wish: string | null, requestUrl: string, fallback = '/'): string {
  if (!wish || !URL.canParse(wish, requestUrl)) return fallback;
  const url = new URL(wish, requestUrl);
  const path = `${url.pathname}${url.search}${url.hash}`;
  // `//host` would be another site's address once it stands alone in a Location header.
  return url.origin === new URL(requestUrl).origin && !path.startsWith('//') ? path : fallback;
}
