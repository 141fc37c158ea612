import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { ChatwootAnswer, ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import { type ChatwootClient, openChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { CANARY_INBOX } from '../../../lib/chatwoot/inboxes.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Connection } from '../../../lib/settings/config.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import type { LikelyCause } from '../cause/decide-cause.ts';
import { findCause } from '../cause/find-cause.server.ts';
import { proofWords } from './connect-words.server.ts';
import type { Proof, ProofView } from './registration-words.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

/** How long the webhook of the canary's message is waited for, ms. */
const PROOF_MS = 30_000;
const LOOK_EVERY_MS = 100;

/**
 * Writes a message as an invented customer and waits for its webhook: the proof that messages arrive here. Nobody waits
 * for an answer there; the conversation is resolved afterwards. How it ended is on record for the page.
 * @returns the proof, and the most likely cause where the webhook did not come
 * @throws when the database does not answer
 */
export async function proveArrival(
  services: Services,
  client: ChatwootClient,
  options: { connection: Connection; signal?: AbortSignal },
): Promise<{ proof: Proof; cause: LikelyCause | null }> {
  const { db, changes } = services;
  await db.pool.query(STARTED, [db.clock.now()]);
  changes.announce('page');
  const proof = await writeAndWait(services, client, options);
  const now = db.clock.now();
  const cause =
    proof.outcome === 'missing'
      ? await findCause(services, client, { since: proof.wroteAt, untold: 1, now })
      : null;
  const arrived = proof.outcome === 'arrived';
  await db.pool.query(ENDED, [now, arrived, proofWords(proof), cause?.sentence ?? null, cause?.cure ?? null]);
  changes.announce('page');
  return { proof, cause };
}

const STARTED = `
INSERT INTO arrival_proof (started_at) VALUES ($1)
ON CONFLICT (id) DO UPDATE SET started_at = $1, ended_at = NULL, arrived = NULL, sentence = NULL, cause = NULL, cure = NULL`;

const ENDED = 'UPDATE arrival_proof SET ended_at = $1, arrived = $2, sentence = $3, cause = $4, cure = $5';

async function writeAndWait(
  services: Services,
  client: ChatwootClient,
  { connection, signal }: { connection: Connection; signal?: AbortSignal },
): Promise<Proof> {
  const { db } = services;
  const inbox = await findInbox(services, client);
  if (inbox.outcome !== 'ok') return notWritten(inbox, 'finding an API inbox for the test message');
  const { id: inboxId, identifier } = inbox.value;
  await db.pool.query('UPDATE arrival_proof SET canary_inbox_id = $1', [inboxId]);
  const visitor = await client.createVisitor(identifier, {
    name: CANARY_INBOX,
    identifier: 'outage-center-canary',
    sourceId: `outage-center-canary-${randomBytes(8).toString('hex')}`,
  });
  if (visitor.outcome !== 'ok') return notWritten(visitor, 'creating the test customer');
  const { sourceId } = visitor.value;
  const conversation = await client.beginConversation(identifier, sourceId);
  if (conversation.outcome !== 'ok') return notWritten(conversation, 'beginning the test conversation');
  const conversationId = conversation.value;
  const wroteAt = db.clock.now();
  const written = await client.writeAsVisitor(identifier, {
    sourceId,
    conversationId,
    content: 'Outage Center: this tests that messages arrive. Nobody waits for an answer.',
  });
  if (written.outcome !== 'ok') return notWritten(written, 'writing the test message');
  const key = `${connection.accountId}:${conversationId}`;
  const arrived = await waitForWebhook(services, { key, wroteAt, signal });
  await client.setStatus(conversationId, 'resolved');
  if (!arrived) return { outcome: 'missing', wroteAt, waitedMs: PROOF_MS };
  const afterMs = Math.max(0, arrived.receivedAt.getTime() - wroteAt.getTime());
  return { outcome: 'arrived', afterMs, signed: arrived.signed };
}

/** The timestamp is kept of signed webhooks only; it was verified before it was stored. */
const ARRIVED = `
SELECT e.received_at AS "receivedAt", e.headers ? 'x-chatwoot-timestamp' AS signed
FROM deliveries d JOIN webhook_events e USING (seq)
WHERE d.conversation_key = $1 AND d.event = 'message_created' AND e.source = 'webhook'
  AND e.received_at >= $2::timestamptz - interval '1 second' LIMIT 1`;

async function waitForWebhook(
  { db }: Services,
  { key, wroteAt, signal }: { key: string; wroteAt: Date; signal?: AbortSignal | undefined },
): Promise<{ receivedAt: Date; signed: boolean } | null> {
  const deadline = performance.now() + PROOF_MS;
  while (performance.now() < deadline && !signal?.aborted) {
    const { rows } = await db.pool.query<{ receivedAt: Date; signed: boolean }>(ARRIVED, [key, wroteAt]);
    if (rows[0]) return rows[0];
    await delay(LOOK_EVERY_MS);
  }
  return null;
}

async function findInbox(
  { config }: Services,
  client: ChatwootClient,
): Promise<ChatwootAnswer<{ id: ExactId; identifier: string }>> {
  const listed = await client.listInboxes();
  if (listed.outcome !== 'ok') return listed;
  const wanted = config.CANARY_INBOX_ID;
  const found = listed.value.find(({ id, name, api }) =>
    wanted ? id === wanted : name === CANARY_INBOX && api !== null,
  );
  if (wanted && !found?.api)
    return { outcome: 'invalid', detail: `it has no API inbox ${wanted}: see CANARY_INBOX_ID` };
  const made = found ? null : await client.createApiInbox(CANARY_INBOX);
  if (made && made.outcome !== 'ok') return made;
  const inbox = found ?? made?.value;
  return inbox?.api
    ? { outcome: 'ok', value: { id: inbox.id, identifier: inbox.api.identifier } }
    : { outcome: 'unreachable', detail: 'its new inbox is no API inbox' };
}

const notWritten = (what: ChatwootFailure, doing: string): Proof => ({ outcome: 'not_written', what, doing });

/**
 * Begins a proof that messages arrive and does not wait for its end, which is on record for every page.
 * One at a time: one that runs is left to run.
 */
export async function startProof(
  services: Services,
  actor: Actor,
): Promise<{ outcome: 'started' | 'already_running' | 'not_connected' }> {
  const { db, config, log } = services;
  const { connection } = config;
  const client = openChatwootClient(services);
  if (!connection || !client) return { outcome: 'not_connected' };
  const now = db.clock.now();
  if ((await readProof(db.pool, now)).state === 'running') return { outcome: 'already_running' };
  await inTransaction(db.pool, (database) =>
    recordAudit(database, { actor, action: 'arrival.prove', target: 'a test message in Chatwoot', at: now }),
  );
  proveArrival(services, client, { connection }).catch((error: unknown) =>
    log.warn({ err: error }, 'the proof that messages arrive was not finished'),
  );
  return { outcome: 'started' };
}

interface Row {
  startedAt: Date;
  endedAt: Date | null;
  arrived: boolean | null;
  sentence: string | null;
  cause: string | null;
  cure: string | null;
}

/** One that has not ended after this belonged to a process that did, ms. */
const LONGEST_MS = 3 * PROOF_MS;

export async function readProof(pool: pg.Pool, now: Date): Promise<ProofView> {
  const { rows } = await pool.query<Row>(
    'SELECT started_at AS "startedAt", ended_at AS "endedAt", arrived, sentence, cause, cure FROM arrival_proof',
  );
  const [row] = rows;
  if (!row) return { state: 'none' };
  const { startedAt, endedAt, arrived, sentence, cause, cure } = row;
  if (endedAt)
    return {
      state: arrived ? 'proved' : 'not_proved',
      at: endedAt.toISOString(),
      sentence: sentence ?? '',
      cause,
      cure,
    };
  if (now.getTime() - startedAt.getTime() < LONGEST_MS)
    return { state: 'running', since: startedAt.toISOString() };
  return {
    state: 'not_proved',
    at: startedAt.toISOString(),
    sentence: 'Not proved: the process that tried it ended before the test message came.',
    cause: null,
    cure: 'Send another test message.',
  };
}
