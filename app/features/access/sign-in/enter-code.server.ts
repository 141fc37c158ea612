import { createHmac } from 'node:crypto';
import { symmetricDecrypt } from 'better-auth/crypto';
import { callHeaders, cookieValue } from './create-auth.server.ts';
import { CODE_BY_DEVICE, CODE_BY_PERSON, countTry, takeCode } from './count-try.server.ts';
import {
  type Caller,
  knownDevice,
  recordRefusal,
  refusable,
  signedIn,
  type SignInOutcome,
} from './sign-in.server.ts';
import { readSession } from '../identify.server.ts';

/**
 * Finishes a sign-in with a code of the authenticator app, or one of the backup codes; each is right once. Tries count
 * against the person whose password was right: who has none to go on with takes nobody's.
 */
export async function enterCode(
  caller: Caller,
  { code, now }: { code: string; now: Date },
): Promise<SignInOutcome> {
  const { access, services, request, address } = caller;
  const { pool } = services.db;
  const pending = await readPending(caller, now);
  if (!pending) return { outcome: 'refused' };
  const device = knownDevice(access, request, pending.email, now);
  const { allowed, retryAfterSeconds } = device
    ? await countTry(pool, CODE_BY_DEVICE, device, now)
    : await countTry(pool, CODE_BY_PERSON, pending.id, now);
  if (!allowed) return { outcome: 'too_many_tries', retryAfterSeconds };
  const before = await readSession(caller, request, address);
  const { api } = access.auth();
  // A session that the browser has would be asked for its own second factor instead.
  const headers = callHeaders(request, address, access.cookieName);
  const call = { headers, returnHeaders: true as const };
  const digits = code.replaceAll(/\s/g, '');
  const isFirst = await takeCode(pool, pending.id, digits, now);
  const answer =
    isFirst &&
    (await refusable<{ headers: Headers; response: { user: { id: string } } }>(
      /^\d{6}$/.test(digits)
        ? api.verifyTOTP({ body: { code: await codeHere(caller, pending.id, digits) }, ...call })
        : api.verifyBackupCode({ body: { code: code.trim() }, ...call }),
    ));
  if (!answer) {
    await recordRefusal(caller, `second factor of person:${pending.id}`, now);
    return { outcome: 'refused' };
  }
  const sessionBefore = before.outcome === 'session' ? before.asker.sessionToken : null;
  const cookie = await signedIn(caller, answer.response.user.id, sessionBefore, now);
  answer.headers.append('Set-Cookie', cookie);
  return { outcome: 'signed_in', headers: answer.headers };
}

/** Whose sign-in waits for its second factor in this browser; the signature of the cookie is checked with the code. */
async function readPending(
  { access, services, request }: Caller,
  now: Date,
): Promise<{ id: string; email: string } | null> {
  const cookie = cookieValue(request.headers.get('cookie') ?? '', access.pendingCookieName);
  const identifier = decodePart(cookie ?? '').split('.')[0]!;
  const { rows } = await services.db.pool.query<{ id: string; email: string }>(
    `SELECT p.id, p.email FROM verifications v JOIN people p ON p.id = v.value
     WHERE v.identifier = $1 AND v.expires_at > $2 AND p.deactivated_at IS NULL`,
    [identifier, now],
  );
  return rows[0] ?? null;
}

/** The seconds for which a code is shown (RFC 6238), and the steps before and after in which it is taken. */
const STEP_SECONDS = 30;
const STEPS = [-1, 0, 1];
/** So far the library's own tolerance bridges, ms. */
const SMALL_MS = 2000;

const aheadMs = ({ db }: Caller['services']): number => db.clock.processAheadMs() ?? 0;

/**
 * The sign-in library judges codes by the clock of its process: on a machine whose clock is minutes off, nobody with a second
 * factor would get in. A code that is right by the database's clock, which everything goes by, becomes the one that is right
 * by the process's own; every other stays what it is, wrong or right.
 */
export async function codeHere(
  { access, services }: Pick<Caller, 'access' | 'services'>,
  personId: string,
  code: string,
): Promise<string> {
  const ahead = aheadMs(services);
  if (Math.abs(ahead) < SMALL_MS) return code;
  const { rows } = await services.db.pool.query<{ secret: string }>(
    'SELECT secret FROM second_factors WHERE person_id = $1',
    [personId],
  );
  if (!rows[0]) return code;
  const key = await symmetricDecrypt({ key: access.secret(), data: rows[0].secret });
  const now = services.db.clock.now().getTime();
  const stepOf = (ms: number) => Math.floor(ms / 1000 / STEP_SECONDS);
  const isRight = STEPS.some((step) => codeOf(key, stepOf(now) + step) === code);
  return isRight ? codeOf(key, stepOf(now + ahead)) : code;
}

/** The six digits of a step (RFC 4226, 5.3). */
function codeOf(key: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
