import type pg from 'pg';
import { sealText } from '../../lib/body-cipher.server.ts';
import type { ChatwootConversation } from '../../lib/chatwoot/conversations.server.ts';
import { writeInParts } from '../../lib/database/write-in-parts.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import { storableJson } from '../../lib/storable.ts';
import { recordSetAside } from '../facts/set-aside.server.ts';
import { writeReplies } from './apply-replies.server.ts';
import { AT_ITS_BEGINNING_MS, readSnapshot, unseenMessageOf } from './conversation-snapshot.ts';
import { putConversationsAside, tellConversationsApart } from './conversation-identity.server.ts';
import { markGone } from './check/check-row.server.ts';
import { type ConversationChange, foldProjections, type Told } from './project-event.ts';
import { saysMoreOfTheSame } from './says-more-of-the-same.ts';
import { lockConversations, recomputeLocked } from './recompute-waits.server.ts';

/**
 * Newest snapshot wins. A webhook as new as what is stored says the same, or less: agents are removed without a new time. Only
 * times in whole seconds (Chatwoot before 4.0) leave open which is newer, and the list ($3) shows how it is now.
 */
const UPSERT = `
INSERT INTO conversations AS c (key, account, conversation_id, inbox_id, status, created_at, chatwoot_updated_at,
  snapshot_waiting_since, sla_policy_id, assignee_id, assignee_kind, assignee_name, priority, labels, customer_id, customer_name, seen_at)
SELECT key, account, conversation_id, inbox_id, status, created_at, chatwoot_updated_at,
  snapshot_waiting_since, sla_policy_id, assignee_id, assignee_kind, assignee_name, priority, labels, customer_id, customer_name, $2
FROM json_to_recordset($1::json) AS i(key text, account text, conversation_id bigint, inbox_id bigint, status text,
  created_at timestamptz, chatwoot_updated_at double precision, snapshot_waiting_since timestamptz, sla_policy_id bigint,
  assignee_id bigint, assignee_kind text, assignee_name text, priority text, labels text[], customer_id text, customer_name text)
ORDER BY key
ON CONFLICT (key) DO UPDATE SET
  inbox_id = excluded.inbox_id, status = excluded.status, created_at = COALESCE(excluded.created_at, c.created_at),
  chatwoot_updated_at = excluded.chatwoot_updated_at, snapshot_waiting_since = excluded.snapshot_waiting_since,
  sla_policy_id = excluded.sla_policy_id, assignee_id = excluded.assignee_id, assignee_kind = excluded.assignee_kind,
  assignee_name = excluded.assignee_name, priority = excluded.priority, labels = excluded.labels,
  customer_id = COALESCE(excluded.customer_id, c.customer_id), customer_name = COALESCE(excluded.customer_name, c.customer_name),
  seen_at = excluded.seen_at, gone_at = NULL
WHERE excluded.chatwoot_updated_at > c.chatwoot_updated_at
  OR excluded.chatwoot_updated_at = c.chatwoot_updated_at AND ($3 OR c.chatwoot_updated_at = floor(c.chatwoot_updated_at))`;

/** When the customer began to wait, and what is due, follows from the messages. */
const WAITS = `
INSERT INTO waits (key, snapshot_since, due_at)
SELECT DISTINCT key, since, since
FROM json_to_recordset($1::json) AS i(key text, since timestamptz)
ORDER BY 1, 2
ON CONFLICT DO NOTHING`;

/**
 * Writes what a batch says of its conversations, in the caller's transaction. Safe to repeat, in any order. What bears a known
 * number and was made at another time is another conversation; the one of before is gone.
 * @param source `list`: how Chatwoot shows them now
 */
export async function applyChanges(
  client: pg.ClientBase,
  config: Pick<Config, 'SLA_FIRST_RESPONSE' | 'DATA_ENCRYPTION_KEYS'>,
  told: readonly Told[],
  { now, source }: { now: Date; source: 'webhooks' | 'list' },
): Promise<void> {
  if (told.length === 0) return;
  const known = await lockConversations(client, [...new Set(told.map(({ snapshot }) => snapshot.key))]);
  const seconds = new Map(
    [...known].flatMap(([key, { second }]) => (second === null ? [] : [[key, second]])),
  );
  const apart = tellConversationsApart(seconds, told, source);
  await putConversationsAside(client, apart.putAside);
  const changes = await carryClocks(client, foldProjections(apart.told));
  const snapshots = changes.map(({ snapshot }) => ({
    key: snapshot.key,
    account: snapshot.account,
    conversation_id: snapshot.conversationId,
    inbox_id: snapshot.inboxId,
    status: snapshot.status,
    created_at: snapshot.createdAt,
    chatwoot_updated_at: snapshot.updatedAt,
    snapshot_waiting_since: snapshot.waitingSince,
    sla_policy_id: snapshot.slaPolicyId,
    assignee_id: snapshot.assignee?.id ?? null,
    assignee_kind: snapshot.assignee?.kind ?? null,
    assignee_name: snapshot.assignee?.name ?? null,
    priority: snapshot.priority,
    labels: snapshot.labels,
    customer_id: snapshot.customerId,
    customer_name:
      snapshot.customerName && sealText(config.DATA_ENCRYPTION_KEYS, snapshot.customerName, snapshot.key),
  }));
  await client.query({
    name: 'waits-snapshots',
    text: UPSERT,
    values: [storableJson(snapshots), now, source === 'list'],
  });
  const toldOtherwise = await writeReplies(
    client,
    changes.map(({ snapshot: { key }, ...told }) => ({ ...told, key })),
  );
  const waits = changes.flatMap(({ snapshot: { key }, waits: all }) => all.map((since) => ({ key, since })));
  if (waits.length > 0)
    await client.query({ name: 'waits-begun', text: WAITS, values: [storableJson(waits)] });
  const isMoreOfTheSame = (change: ConversationChange) => {
    const { key } = change.snapshot;
    const isAsKnown = source === 'webhooks' && !apart.putAside.has(key) && !toldOtherwise.has(key);
    return isAsKnown && saysMoreOfTheSame(known.get(key), change);
  };
  const keys = changes.flatMap((change) => (isMoreOfTheSame(change) ? [] : [change.snapshot.key]));
  // Writing the snapshots has locked the rows that were new.
  if (keys.length > 0) await recomputeLocked(client, keys, config.SLA_FIRST_RESPONSE / 1000);
  if (apart.gone.length > 0) await markGone(client, config, apart.gone, now);
}

/** Numbers the customer's message that a ticket stands for; Chatwoot counts from 1. */
const TICKET_MESSAGE = 0;

/**
 * A conversation that was made of a ticket kept by hand: its customer has waited since the ticket, not since Chatwoot has
 * it; or no longer, when the ticket was answered. Later questions have clocks of their own. Where the ticket went into a
 * conversation that was there before, Chatwoot started no clock, and the ticket's is added. Only a marker of our own counts: a visitor can
 * set attributes of a conversation.
 */
async function carryClocks(
  client: pg.ClientBase,
  changes: readonly ConversationChange[],
): Promise<readonly ConversationChange[]> {
  const markers = changes.flatMap(({ snapshot }) => snapshot.ticketMarker ?? []);
  if (markers.length === 0) return changes;
  const { rows } = await client.query<{ marker: string; received_at: Date; answered: boolean }>(
    `SELECT marker, received_at, first_response_at IS NOT NULL OR status = 'answered' AS answered
     FROM manual_tickets WHERE marker = ANY($1::uuid[])`,
    [markers],
  );
  const tickets = new Map(rows.map((row) => [row.marker, row]));
  return changes.map((change) => {
    const { snapshot, waits } = change;
    const ticket = tickets.get(snapshot.ticketMarker ?? '');
    if (!ticket || !snapshot.createdAt) return change;
    const until = snapshot.createdAt.getTime() + AT_ITS_BEGINNING_MS;
    const since = ticket.received_at;
    const carry = (began: Date): Date | null => {
      if (began.getTime() > until) return began;
      if (ticket.answered) return null;
      return since < began ? since : began;
    };
    const own = { messageId: TICKET_MESSAGE, at: since, machine: false };
    const wasThere = since.getTime() > until;
    return {
      ...change,
      snapshot: { ...snapshot, waitingSince: snapshot.waitingSince && carry(snapshot.waitingSince) },
      customerMessages: ticket.answered ? change.customerMessages : [...change.customerMessages, own],
      waits: [
        ...waits.flatMap((began) => carry(began) ?? []),
        ...(wasThere && !ticket.answered ? [since] : []),
      ],
    };
  });
}

/**
 * Takes over what the API says of conversations, as far as it is not older than what is known, in the caller's transaction.
 * @returns the keys of those that it says anything of
 */
export async function mergeSnapshots(
  client: pg.ClientBase,
  config: Services['config'],
  conversations: readonly Pick<ChatwootConversation, 'raw'>[],
  now: Date,
): Promise<string[]> {
  const account = config.connection?.accountId ?? null;
  const changes = conversations.flatMap(({ raw }) => {
    const snapshot = readSnapshot(raw, account);
    if (!snapshot) return [];
    const { replies, customerMessages, waitingSince: since, createdAt } = snapshot;
    const isTold = since === null || customerMessages.some(({ at }) => at >= since);
    const unseen = isTold ? null : unseenMessageOf(raw, { since, createdAt });
    return [{ snapshot, replies, customerMessages: [...customerMessages, ...(unseen ? [unseen] : [])] }];
  });
  const refused = await writeInParts(client, changes, (part) =>
    applyChanges(client, config, part, { now, source: 'list' }),
  );
  await recordSetAside(
    client,
    refused.map(({ row: { snapshot }, cause }) => ({
      purpose: 'the list of who waits',
      name: `conversation ${snapshot.conversationId}`,
      cause,
    })),
  );
  return changes.map(({ snapshot }) => snapshot.key);
}
