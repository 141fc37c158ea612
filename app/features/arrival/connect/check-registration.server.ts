import { type ChatwootClient, openChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordFact } from '../../facts/record-fact.server.ts';
import { type ListedRegistration, readRegistration } from '../../health/investigations/signature.server.ts';
import { connectionProblem, inboxesUnreadable, registrationProblem } from './connect-words.server.ts';
import { connectChatwoot, type ConnectOutcome } from './connect.server.ts';
import type { RegisterNoticeCode } from './registration-words.ts';

/** A registration that is not as it should be is read again after this, before anybody is told, ms. */
const READ_AGAIN_MS = 15_000;

/** Due with every round of health checks, and again when something was wrong with it for the first time. */
const DUE = `
SELECT w.registration_at AS "readAt", n.narrowed, w.registration->>'fault' AS fault,
  w.registration_at IS NULL
    OR w.registration_at < (SELECT max(checked_at) FROM health_components)
    OR (w.registration_bad_since IS NOT NULL AND NOT w.registration_bad_confirmed AND w.registration_at <= $1) AS due
FROM arrival_watch w CROSS JOIN narrowed_webhooks n`;

interface DueRow {
  readAt: Date | null;
  narrowed: boolean;
  fault: string | null;
  due: boolean;
}

const ON_PURPOSE: ListedRegistration = {
  ok: true,
  fault: null,
  evidence: "Fallback mode keeps Chatwoot's webhooks to a minimum on purpose.",
  nextStep: null,
};

/**
 * Reads our webhook in Chatwoot's list, so that one that was deleted, changed or narrowed is named although nobody writes.
 * What cannot be read leaves an alarm as it is.
 */
export async function tickRegistration(services: Services, client: ChatwootClient, now: Date): Promise<void> {
  const { db } = services;
  const { rows } = await db.pool.query<DueRow>(DUE, [new Date(now.getTime() - READ_AGAIN_MS)]);
  const { readAt, narrowed, fault, due } = rows[0]!;
  if (!due) return;
  // Whoever comes second finds that it was read already.
  const claimed = await db.pool.query(
    'UPDATE arrival_watch SET registration_at = $2 WHERE registration_at IS NOT DISTINCT FROM $1',
    [readAt, now],
  );
  if (claimed.rowCount === 0) return;
  const [found, version] = await Promise.all([readRegistration(services, client), client.version()]);
  const registration = narrowed && found.fault === 'events' ? ON_PURPOSE : found;
  await write(services, registration, fault, now);
  if (version.outcome === 'ok') await noteVersion(services, version.value, now);
}

const WRITE = `
UPDATE arrival_watch SET registration = $1,
  registered_at = CASE WHEN $2 THEN COALESCE(registered_at, $4) ELSE registered_at END,
  expect_since = CASE WHEN $2 THEN COALESCE(expect_since, $4) ELSE expect_since END,
  registration_bad_since = CASE WHEN $2 THEN NULL WHEN $3 THEN COALESCE(registration_bad_since, $4)
    ELSE registration_bad_since END,
  registration_bad_confirmed = CASE WHEN $2 THEN false
    WHEN $3 THEN registration_bad_confirmed OR COALESCE(registration_bad_since <= $5, false)
    ELSE registration_bad_confirmed END`;

async function write(
  { db, changes, log }: Services,
  registration: ListedRegistration,
  faultBefore: string | null,
  now: Date,
): Promise<void> {
  const { ok, fault, evidence } = registration;
  // That anybody may post here is another trouble.
  const isWhole = ok || fault === 'open';
  const isBad = !isWhole && fault !== 'unreadable';
  await inTransaction(db.pool, async (client) => {
    const before = new Date(now.getTime() - READ_AGAIN_MS);
    await client.query(WRITE, [storableJson(registration), isWhole, isBad, now, before]);
    if (fault !== faultBefore)
      await recordFact(client, { type: 'support.arrival.registration', value: { ok, fault }, now });
  });
  if (fault === faultBefore) return;
  if (isBad) log.warn({ fault }, evidence);
  changes.announce('page');
}

async function noteVersion({ db }: Services, version: string | null, now: Date): Promise<void> {
  await db.pool.query(
    'UPDATE arrival_watch SET version = $1, version_since = $2 WHERE version IS DISTINCT FROM $1',
    [version, now],
  );
}

type RegisterOutcome =
  | { outcome: 'registered'; how: 'created' | 'adopted' | 'updated'; webhook: number }
  /** `why` is a sentence for people, without secret or token. */
  | { outcome: Exclude<RegisterNoticeCode, 'registered'>; why: string };

/**
 * Registers our webhook in Chatwoot as `ops:connect-chatwoot` does, for the button of the page: one that was deleted is made
 * anew, one that was changed is completed, and its secret is taken over. Safe to repeat; on record in the audit log.
 * @throws when the database does not answer
 */
export async function registerAgain(services: Services, actor: Actor): Promise<RegisterOutcome> {
  const { config } = services;
  const { connection, APP_URL: appUrl } = config;
  const client = openChatwootClient(services);
  if (!connection || !client || !appUrl)
    return { outcome: 'not_connected', why: connectionProblem(config) ?? '' };
  const connect = () => connectChatwoot(services, client, { connection, appUrl, actor });
  let result = await connect();
  // Somebody else may have registered it between our reading of the list and our writing: then it is listed now.
  if (result.outcome === 'refused' && result.what.outcome === 'hidden') result = await connect();
  switch (result.outcome) {
    case 'connected':
      return {
        outcome: 'registered',
        how: result.registration.how,
        webhook: result.registration.webhook.id,
      };
    case 'inboxes_unreadable':
      return { outcome: 'inboxes_unreadable', why: inboxesUnreadable(result.what) };
    case 'refused':
      return { outcome: codeOf(result.what), why: registrationProblem(result.what, connection) };
  }
}

const codeOf = (what: Extract<ConnectOutcome, { outcome: 'refused' }>['what']) =>
  what.outcome === 'unauthorized' && what.suspended ? 'suspended' : what.outcome;
