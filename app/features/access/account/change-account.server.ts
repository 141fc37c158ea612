import type { AuditAction } from '../../audit/audit-words.ts';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { APIError } from 'better-auth/api';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { voidLinksFor } from '../links/links.server.ts';
import { endEveryWayIn, unlinkSingleSignOn } from '../people/change-people.server.ts';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../people/person-input.ts';
import type { Asker } from '../permissions.ts';
import { ACCOUNT_BY_PERSON, countTry, forgetTries, takeCode } from '../sign-in/count-try.server.ts';
import { callHeaders } from '../sign-in/create-auth.server.ts';
import { codeHere } from '../sign-in/enter-code.server.ts';
import type { Caller } from '../sign-in/sign-in.server.ts';

export type AccountOutcome =
  | { outcome: 'changed'; headers?: Headers }
  | { outcome: 'not_changed' }
  | { outcome: 'wrong_password' }
  | { outcome: 'wrong_code' }
  /** The second factor is asked of their role. */
  | { outcome: 'needed' }
  | { outcome: 'too_many_tries'; retryAfterSeconds: number };

/** Sets a new password and ends every other session and every open link for this person: whoever knew the old one is out. */
export async function changePassword(
  caller: Caller,
  own: { asker: Asker; sessionToken: string; current: string; next: string; now: Date },
): Promise<AccountOutcome> {
  const { asker, sessionToken, current, next, now } = own;
  const checked = await checkPassword(caller, asker, current, now);
  if (checked) return checked;
  const hash = await (await caller.access.auth().$context).password.hash(next);
  await inTransaction(caller.services.db.pool, async (client) => {
    await client.query(
      `UPDATE sign_in_methods SET password = $2, updated_at = $3 WHERE person_id = $1 AND provider_id = 'credential' AND password IS NOT NULL`,
      [asker.personId, hash, now],
    );
    const otherSessionsEnded = await endEveryWayIn(client, asker.personId!, sessionToken);
    const after = { otherSessionsEnded, linksRevoked: await voidLinksFor(client, asker.personId!, now) };
    await recordAudit(client, {
      actor: asker,
      action: 'account.password',
      target: 'own password',
      after,
      at: now,
    });
  });
  caller.services.changes.announce('access');
  return { outcome: 'changed' };
}

/** Ends one of somebody's own sessions. */
export async function endSession(
  { services }: Pick<Caller, 'services'>,
  { asker, id, now }: { asker: Asker; id: string; now: Date },
): Promise<AccountOutcome> {
  const outcome = await inTransaction<AccountOutcome>(services.db.pool, async (client) => {
    const { rowCount } = await client.query('DELETE FROM sessions WHERE id = $1 AND person_id = $2', [
      id,
      asker.personId,
    ]);
    if (rowCount === 0) return { outcome: 'not_changed' };
    await recordAudit(client, { actor: asker, action: 'session.end', target: `session ${id}`, at: now });
    return { outcome: 'changed' };
  });
  services.changes.announce('access');
  return outcome;
}

/** Removes somebody's own link to single sign-on, and ends their other sessions: one may have come by it. */
export async function unlinkOwn(
  { services }: Pick<Caller, 'services'>,
  { asker, now }: { asker: Asker; now: Date },
): Promise<AccountOutcome> {
  const outcome = await inTransaction<AccountOutcome>(services.db.pool, async (client) => {
    if ((await unlinkSingleSignOn(client, asker.personId!)) === 0) return { outcome: 'not_changed' };
    const otherSessionsEnded = await endEveryWayIn(client, asker.personId!, asker.sessionToken);
    const target = 'own single sign-on';
    const after = { otherSessionsEnded };
    await recordAudit(client, { actor: asker, action: 'account.unlink', target, after, at: now });
    return { outcome: 'changed' };
  });
  services.changes.announce('access');
  return outcome;
}

/** Ends every session of somebody's own, this one too. */
export async function endOwnSessions(
  { services }: Pick<Caller, 'services'>,
  { asker, now }: { asker: Asker; now: Date },
): Promise<AccountOutcome> {
  await inTransaction(services.db.pool, async (client) => {
    const sessionsEnded = await endEveryWayIn(client, asker.personId!);
    await recordAudit(client, {
      actor: asker,
      action: 'session.end_all',
      target: asker.id,
      after: { sessionsEnded },
      at: now,
    });
  });
  services.changes.announce('access');
  return { outcome: 'changed' };
}

export type BeginSecondFactorOutcome =
  | { outcome: 'begun'; uri: string; secret: string; backupCodes: string[] }
  | Exclude<AccountOutcome, { outcome: 'changed' }>;

/** First half of turning the second factor on: what the authenticator app has to know. Nothing is on yet. */
export async function beginSecondFactor(
  caller: Caller,
  { asker, password, now }: { asker: Asker; password: string; now: Date },
): Promise<BeginSecondFactorOutcome> {
  const checked = await checkPassword(caller, asker, password, now);
  if (checked) return checked as Exclude<typeof checked, { outcome: 'changed' }>;
  const answer = await orNull(
    caller.access.auth().api.enableTwoFactor({
      body: { password },
      headers: callHeaders(caller.request, caller.address),
    }),
  );
  if (!answer || answer.method !== 'totp') return { outcome: 'not_changed' };
  return {
    outcome: 'begun',
    uri: answer.totpURI,
    secret: new URL(answer.totpURI).searchParams.get('secret') ?? '',
    backupCodes: answer.backupCodes,
  };
}

/** Second half: the app shows the right code, so it is on. The session gets a new cookie. */
export async function confirmSecondFactor(
  caller: Caller,
  { asker, code, now }: { asker: Asker; code: string; now: Date },
): Promise<AccountOutcome> {
  const limited = await limit(caller, asker, now);
  if (limited) return limited;
  const digits = code.replaceAll(/\s/g, '');
  if (!(await takeCode(caller.services.db.pool, asker.personId!, digits, now)))
    return { outcome: 'wrong_code' };
  const answer = await orNull(
    caller.access.auth().api.verifyTOTP({
      body: { code: await codeHere(caller, asker.personId!, digits) },
      headers: callHeaders(caller.request, caller.address),
      returnHeaders: true,
    }),
  );
  if (!answer) return { outcome: 'wrong_code' };
  await note(caller, asker, 'account.second_factor_on', now);
  return { outcome: 'changed', headers: answer.headers };
}

export async function turnSecondFactorOff(
  caller: Caller,
  { asker, password, now }: { asker: Asker; password: string; now: Date },
): Promise<AccountOutcome> {
  if (caller.services.config.REQUIRE_ADMIN_SECOND_FACTOR && asker.role === 'admin')
    return { outcome: 'needed' };
  const checked = await checkPassword(caller, asker, password, now);
  if (checked) return checked;
  const answer = await orNull(
    caller.access.auth().api.disableTwoFactor({
      body: { password },
      headers: callHeaders(caller.request, caller.address),
      returnHeaders: true,
    }),
  );
  if (!answer) return { outcome: 'not_changed' };
  await note(caller, asker, 'account.second_factor_off', now);
  return { outcome: 'changed', headers: answer.headers };
}

const note = ({ services }: Caller, actor: Asker, action: AuditAction, at: Date) =>
  inTransaction(services.db.pool, (client) =>
    recordAudit(client, { actor, action, target: 'own second factor', at }),
  );

/** A stolen session must not become a way to guess the password. @returns null when the password is right */
async function checkPassword(
  caller: Caller,
  asker: Asker,
  password: string,
  now: Date,
): Promise<AccountOutcome | null> {
  const limited = await limit(caller, asker, now);
  if (limited) return limited;
  const { rows } = await caller.services.db.pool.query<{ password: string }>(
    `SELECT password FROM sign_in_methods WHERE person_id = $1 AND provider_id = 'credential' AND password IS NOT NULL`,
    [asker.personId],
  );
  const { password: hasher } = await caller.access.auth().$context;
  const right = rows[0] && (await hasher.verify({ hash: rows[0].password, password }));
  if (!right) return { outcome: 'wrong_password' };
  await forgetTries(caller.services.db.pool, ACCOUNT_BY_PERSON, asker.personId!);
  return null;
}

async function limit({ services }: Caller, asker: Asker, now: Date): Promise<AccountOutcome | null> {
  const { pool } = services.db;
  const { allowed, retryAfterSeconds } = await countTry(pool, ACCOUNT_BY_PERSON, asker.personId!, now);
  return allowed ? null : { outcome: 'too_many_tries', retryAfterSeconds };
}

async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof APIError && error.statusCode < 500) return null;
    throw error;
  }
}

/** Fewer guesses than these, as a power of ten, somebody makes who has the hash: zxcvbn's "safely unguessable" begins here. */
const GUESSES_LOG10 = 8;
/** What somebody who knows this app tries first. */
const OWN_WORDS = ['outage', 'center', 'outagecenter', 'chatwoot', 'support', 'hotrodan'];

let strength: ZxcvbnFactory | undefined;

/**
 * What is wrong with a new password, in a sentence; null when it will do. Length counts, not decoration, and what is on the
 * lists of common ones, also bent a little, is none (NIST SP 800-63B, 3.1.1.2).
 * @param own what belongs to the person: e-mail address, name
 */
export function passwordProblem(password: string, own: readonly (string | null)[]): string | null {
  if (password.length < SHORTEST_PASSWORD)
    return `The password has to be at least ${SHORTEST_PASSWORD} characters long.`;
  if (password.length > LONGEST_PASSWORD)
    return `The password can be at most ${LONGEST_PASSWORD} characters long.`;
  if (new Set(password).size < 5) return 'The password repeats too few characters.';
  const words = own.flatMap((text) => {
    const parts = (text ?? '').toLowerCase().split(/[^\p{L}\p{N}]+/u);
    return [...parts, parts.join('')].filter(Boolean);
  });
  const local = own[0]?.split('@')[0]?.toLowerCase();
  if (local && password.toLowerCase().includes(local.padEnd(4)))
    return 'The password contains your e-mail address.';
  // Half a megabyte of lists, read when somebody first chooses a password.
  strength ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  const { guessesLog10 } = strength.check(password, [...words, ...OWN_WORDS]);
  return guessesLog10 < GUESSES_LOG10
    ? 'This password is on the lists that are tried first, or close to them. Several words that do not belong together are better.'
    : null;
}
