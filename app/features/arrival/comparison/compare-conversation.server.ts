import type pg from 'pg';
import { openBody } from '../../../lib/body-cipher.server.ts';
import type { ChatwootAnswer, ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import type { ChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { chatwootTime, compareIds, type ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import type { ChatwootMessage } from '../../../lib/chatwoot/messages.server.ts';
import { callPatiently } from '../../../lib/chatwoot/pace.server.ts';
import type { Queryable } from '../../../lib/database/queryable.server.ts';
import { fieldOf, isRecord, type JsonRecord, parseExact } from '../../../lib/json.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Config } from '../../../lib/settings/config.ts';
import { messageDedupeKey } from '../../intake/event-identity.ts';
import type { ChatwootNames, ComparisonRun } from './lost-webhook.ts';
import { markCompared, recoverMessages } from './recover-messages.server.ts';
import { judgeHistory } from './withhold-found.server.ts';

/** Chatwoot's API tells the second. */
const SECOND_MS = 1000;

const NO_NAMES: ChatwootNames = { account: '', inboxes: {} };

/** A conversation to look at; messages from `since` on, by our clock. */
export interface ComparisonItem {
  conversationId: ExactId;
  since: Date;
}

/**
 * Compares one conversation's messages with the inbox and recovers what is missing. Activities ("assigned to …") have no
 * webhook and are not looked for; private notes have.
 * @returns null when all of it is done, also when Chatwoot no longer has the conversation; `partly`: what was left out, while the
 * rest is done
 */
export async function compareConversation(
  services: Services,
  client: ChatwootClient,
  run: Pick<ComparisonRun, 'id' | 'until' | 'names' | 'cause'>,
  item: ComparisonItem,
  { now, signal }: { now: () => Date; signal?: AbortSignal },
): Promise<ChatwootFailure | { outcome: 'partly'; detail: string } | null> {
  const { conversationId } = item;
  const { db, chatwootClock, config } = services;
  const { pool } = db;
  const { accountId } = config.connection!;
  const [since, until] = [chatwootClock.there(item.since), chatwootClock.there(run.until)];
  const fetched = await fetchMessages(client, conversationId, { since, signal });
  const gone = () =>
    markCompared(pool, accountId, { runId: run.id, conversationId, compared: 0 }, now()).then(() => null);
  if (fetched.outcome === 'not_found') return gone();
  if (fetched.outcome !== 'ok') return fetched;
  const { messages, leftOut } = fetched.value;
  const done = leftOut === null ? null : ({ outcome: 'partly', detail: leftOut } as const);
  const looked = messages.filter(({ type, createdAt }) => type !== 'activity' && createdAt <= until);
  const missing = await findMissing(pool, accountId, looked);
  const compared = looked.length;
  if (missing.length === 0) {
    await markCompared(pool, accountId, { runId: run.id, conversationId, compared }, now());
    return done;
  }
  const answer = await callPatiently(() => client.getConversation(conversationId), { signal });
  if (answer.outcome === 'not_found') return gone();
  if (answer.outcome !== 'ok') return answer;
  const began = chatwootTime(answer.value.raw.created_at);
  const known = await readKnownConversation(pool, config, { key: `${accountId}:${conversationId}`, began });
  const found = {
    runId: run.id,
    conversationId,
    names: run.names ?? NO_NAMES,
    conversation: answer.value.raw,
    messages,
    isNew: !known.created && began !== null && began.getTime() >= since.getTime() - SECOND_MS,
    contactInbox: known.contactInbox,
    compared,
    missing,
    withheld: await judgeHistory(
      services,
      run,
      { conversationId, conversation: answer.value.raw, messages, missing },
      now(),
    ),
  };
  await recoverMessages(services, found, now());
  return done;
}

/** What earlier webhooks told of a conversation. */
interface KnownConversation {
  /** Its `conversation_created` came. */
  created: boolean;
  /** The database row that ties its contact to its inbox; the API does not show it. */
  contactInbox: JsonRecord | null;
}

/**
 * @param one.key `<account>:<conversation id>`
 * @param one.began when Chatwoot made it: one of the same number that was made at another time is another one
 */
async function readKnownConversation(
  pool: pg.Pool,
  config: Config,
  one: { key: string; began: Date | null },
): Promise<KnownConversation> {
  const { rows } = await pool.query<{ event_id: string; body: Buffer | null; created: boolean }>(
    `SELECT e.event_id, e.body, EXISTS (
       SELECT FROM deliveries c WHERE c.conversation_key = $1 AND c.event = 'conversation_created'
         AND COALESCE(c.conversation_began = $2, true)) AS created
     FROM deliveries d JOIN webhook_events e USING (seq)
     WHERE d.conversation_key = $1 AND COALESCE(d.conversation_began = $2, true) AND d.event ~ '^(message_created|conversation_(created|updated|status_changed))$'
     ORDER BY (e.source = 'webhook') DESC, seq DESC LIMIT 1`,
    [one.key, one.began],
  );
  const [row] = rows;
  if (!row) return { created: false, contactInbox: null };
  return { created: row.created, contactInbox: row.body && contactInboxIn(config, row.event_id, row.body) };
}

function contactInboxIn(config: Config, eventId: string, body: Buffer): JsonRecord | null {
  const opened = openBody(config.DATA_ENCRYPTION_KEYS, Buffer.from(body), eventId);
  if (opened.outcome !== 'open') return null;
  const payload = parseExact(opened.body.toString('utf8').replace(/^\uFEFF/, ''));
  const found =
    fieldOf(fieldOf(payload, 'conversation'), 'contact_inbox') ?? fieldOf(payload, 'contact_inbox');
  return isRecord(found) ? found : null;
}

/** Pages of twenty: of a conversation with more messages within one comparison the newest are read. */
const MOST_PAGES = 500;

interface FetchedMessages {
  messages: ChatwootMessage[];
  /** What could not be read, in a few words; null: nothing. */
  leftOut: string | null;
}

/**
 * The messages of a conversation from `since` to now, ascending by number, read backwards from the last page by page: that
 * needs no number to begin with, and one call for all but the longest conversations.
 * @param since compared by the whole second: the API tells no more
 */
async function fetchMessages(
  client: ChatwootClient,
  conversationId: ExactId,
  { since, signal }: { since: Date; signal?: AbortSignal },
): Promise<ChatwootAnswer<FetchedMessages>> {
  const second = Math.floor(since.getTime() / 1000) * 1000;
  const byId = new Map<ExactId, ChatwootMessage>();
  const answered = (leftOut: string | null) => {
    const messages = [...byId.values()]
      .filter(({ createdAt }) => createdAt.getTime() >= second)
      .sort((a, b) => compareIds(a.id, b.id));
    return { outcome: 'ok', value: { messages, leftOut } } as const;
  };
  let before: ExactId | undefined;
  let unreadable = 0;
  for (let page = 0; ; page += 1) {
    if (page === MOST_PAGES) return answered(`what is older than its newest ${byId.size} messages`);
    const answer = await callPatiently(() => client.listMessages(conversationId, { before }), { signal });
    if (answer.outcome !== 'ok') return answer;
    unreadable += answer.value.unreadable.filter((at) => at === null || at.getTime() >= second).length;
    const fresh = answer.value.messages.filter(({ id }) => !byId.has(id));
    for (const message of fresh) byId.set(message.id, message);
    const oldest = fresh[0];
    if (!oldest || oldest.createdAt.getTime() < second) break;
    before = fresh.map(({ id }) => id).reduce((a, b) => (compareIds(a, b) < 0 ? a : b));
  }
  const odd = unreadable === 1 ? '1 message' : `${unreadable} messages`;
  return answered(unreadable === 0 ? null : `${odd} without a number, a time or a known type`);
}

/** A message as Chatwoot's API names it. */
interface NamedMessage {
  id: ExactId;
  /** By Chatwoot's clock; the API tells the second. */
  createdAt: Date;
}

/**
 * Which of these messages are not in the inbox, in the order of their numbers. Known is what has number and second of
 * creation: a Chatwoot that was put back from a backup gives numbers out again.
 */
export async function findMissing(
  db: Queryable,
  account: string,
  messages: readonly NamedMessage[],
): Promise<ExactId[]> {
  if (messages.length === 0) return [];
  const named = messages.map(({ id, createdAt }) => ({
    id: String(id),
    createdSecond: Math.floor(createdAt.getTime() / 1000),
  }));
  const { rows } = await db.query<{ id: ExactId }>(
    `SELECT id FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS i(id, second, key)
     WHERE NOT EXISTS (SELECT FROM webhook_events e WHERE e.dedupe_key = i.key)
       AND NOT EXISTS (SELECT FROM inbox_messages m WHERE m.account = $1 AND m.message_id = i.id
         AND floor(extract(epoch FROM m.created_at)) IN (0, i.second))
       AND NOT EXISTS (SELECT FROM reconciled_messages r WHERE r.account = $1 AND r.message_id = i.id
         AND floor(extract(epoch FROM r.created_at)) = i.second)
     ORDER BY id`,
    [
      account,
      named.map(({ id }) => id),
      named.map(({ createdSecond }) => createdSecond),
      named.map((message) => messageDedupeKey(account, message)),
    ],
  );
  return rows.map(({ id }) => id);
}
