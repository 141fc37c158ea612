import { ADDRESS_HEADER } from '../sign-in/create-auth.server.ts';

/**
 * The headers of a request that better-auth may see: cookies, browser, and the address as we know it.
 * @param without name of a cookie that it may not see
 */
export function callHeaders(request: Request, address: string | null, without?: string): Headers {
  const headers = new Headers();
  for (const name of ['cookie', 'user-agent']) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value.slice(0, 8192));
  }
  const cookies = headers.get('cookie');
  if (without && cookies)
    headers.set(
      'cookie',
      cookies
        .split(';')
        .filter((pair) => pair.split('=')[0]!.trim() !== without)
        .join(';'),
    );
  if (address !== null) headers.set(ADDRESS_HEADER, address);
  return headers;
}

/** The value of a cookie of a request; null when it has none of that name. */
export function cookieValue(cookies: string, wanted: string): string | null {
  for (const pair of cookies.split(';')) {
    const [name, ...value] = pair.split('=');
    if (name!.trim() === wanted) return value.join('=').trim();
  }
  return null;
}

/** The cookies that an answer of better-auth sets, to be passed on. */
export function cookiesOf(headers: Headers): [name: 'Set-Cookie', value: string][] {
  return headers.getSetCookie().map((cookie) => ['Set-Cookie', cookie]);
}
