import { ADDRESS_HEADER } from './create-auth.server.ts';

/** The headers of a request that better-auth may see: cookies, browser, and the address as we know it. */
export function callHeaders(request: Request, address: string | null): Headers {
  const headers = new Headers();
  for (const name of ['cookie', 'user-agent']) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value.slice(0, 8192));
  }
  if (address !== null) headers.set(ADDRESS_HEADER, address);
  return headers;
}

/** The cookies that an answer of better-auth sets, to be passed on. */
export function cookiesOf(headers: Headers): [name: 'Set-Cookie', value: string][] {
  return headers.getSetCookie().map((cookie) => ['Set-Cookie', cookie]);
}
