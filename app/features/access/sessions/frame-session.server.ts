import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Services } from '../../../lib/services.server.ts';
import type { Access } from '../access.server.ts';
import { countTry, type Limit } from '../sign-in/count-try.server.ts';
import { cookieValue } from '../sign-in/create-auth.server.ts';

/**
 * A browser does not send the session's cookie to a frame on another site, and must not. A person who is signed in copies a
 * code into the frame instead, once: the frame then has a cookie of its own, which the browser keeps for frames of this site
 * alone (Partitioned), and which holds the same session: whatever ends the one ends the other.
 */
const COOKIE = 'outage-center.frame';
/** A code is good for so long, ms, and once. */
const CODE_MS = 5 * 60_000;
const ONCE: Limit = { name: 'frame/code', max: 1, windowMs: 2 * CODE_MS };
/** Sessions end after 7 days; the cookie with them, s. */
const WEEK = 7 * 86_400;

const keyOf = (access: Access) => createHash('sha256').update(`frame code ${access.secret()}`).digest();

/** A code for the session of a request; null when it has none. */
export function makeFrameCode(access: Access, request: Request, now: Date): string | null {
  const cookies = request.headers.get('cookie') ?? '';
  const session = access.sessionIn(cookies) && cookieValue(cookies, access.cookieName);
  if (!session) return null;
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(access), iv);
  const sealed = cipher.update(JSON.stringify({ session, until: now.getTime() + CODE_MS }), 'utf8');
  return Buffer.concat([iv, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** The cookie that a code brings, for the frame that it was copied into; null for one that is no (longer) good. */
export async function frameCookieFor(
  { db }: Pick<Services, 'db'>,
  access: Access,
  code: string,
  now: Date,
): Promise<string | null> {
  const opened = openCode(access, code, now);
  if (opened === null || !(await countTry(db.pool, ONCE, opened.nonce, now)).allowed) return null;
  return `${COOKIE}=${opened.session}; Path=/embed; Max-Age=${WEEK}; HttpOnly; Secure; SameSite=None; Partitioned`;
}

/** @returns `nonce`: what the code is counted by; it can be written in many ways, with blanks in it or another alphabet */
function openCode(access: Access, code: string, now: Date): { session: string; nonce: string } | null {
  try {
    const bytes = Buffer.from(code, 'base64url');
    const nonce = bytes.subarray(0, 12);
    const decipher = createDecipheriv('aes-256-gcm', keyOf(access), nonce);
    decipher.setAuthTag(bytes.subarray(-16));
    const text = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
    const { session, until } = JSON.parse(text) as { session: string; until: number };
    return until > now.getTime() ? { session, nonce: nonce.toString('hex') } : null;
  } catch {
    return null;
  }
}

/** A request of the frame, with its own cookie's session where it has one. */
export function asFrame(request: Request, access: Access): Request {
  const session = cookieValue(request.headers.get('cookie') ?? '', COOKIE);
  if (!session) return request;
  const headers = new Headers(request.headers);
  headers.set('cookie', `${access.cookieName}=${session}`);
  return new Request(request, { headers });
}
