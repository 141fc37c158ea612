import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Access } from './access.server.ts';
import { cookieValue } from './call-headers.server.ts';

/** A browser that signed in is known for so long afterwards, s. */
const KNOWN_SECONDS = 180 * 24 * 3600;

/**
 * The cookie that says that somebody has signed in with this browser before. It opens nothing: tries that come with it are
 * counted apart, so that strangers who try to get in do not lock the right person out
 * (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
 */
export function deviceCookie(access: Access, email: string, now: Date): string {
  const id = `${randomBytes(16).toString('base64url')}.${Math.floor(now.getTime() / 1000).toString(36)}`;
  const secure = access.deviceCookieName.startsWith('__Secure-') ? '; Secure' : '';
  return `${access.deviceCookieName}=${id}.${sign(access, id, email)}; Path=/; Max-Age=${KNOWN_SECONDS}; HttpOnly; SameSite=Lax${secure}`;
}

/** @returns what names the browser if it signed in as that person before; null for all others */
export function knownDevice(access: Access, request: Request, email: string, now: Date): string | null {
  const value = cookieValue(request.headers.get('cookie') ?? '', access.deviceCookieName);
  const [, id = '', seconds = '', mac = ''] =
    /^([\w-]{22}\.([0-9a-z]{1,9}))\.([\w-]{43})$/.exec(value ?? '') ?? [];
  const age = now.getTime() / 1000 - parseInt(seconds, 36);
  if (!(age <= KNOWN_SECONDS)) return null;
  return timingSafeEqual(Buffer.from(sign(access, id, email)), Buffer.from(mac)) ? id : null;
}

const sign = (access: Access, id: string, email: string) =>
  createHmac('sha256', access.secret()).update(`known device\0${id}\0${email}`).digest('base64url');
