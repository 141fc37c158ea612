import type pg from 'pg';
import { sealText } from '../../lib/body-cipher.server.ts';
import type { Config } from '../../lib/config.ts';
import { storableJson } from '../../lib/storable.ts';
import type { ConversationChange } from './fold-projections.ts';
import { carryClocks } from './carry-clocks.server.ts';
import { writeReplies } from './apply-replies.server.ts';
import { recomputeWaits } from './recompute-waits.server.ts';

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
 * Writes what a batch says of its conversations, in the caller's transaction. Safe to repeat.
 * @param source `list`: how Chatwoot shows them now
 */
export async function applyChanges(
  client: pg.ClientBase,
  config: Pick<Config, 'SLA_FIRST_RESPONSE' | 'DATA_ENCRYPTION_KEYS'>,
  told: readonly ConversationChange[],
  { now, source }: { now: Date; source: 'webhooks' | 'list' },
): Promise<void> {
  if (told.length === 0) return;
  const changes = await carryClocks(client, told);
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
  await client.query(UPSERT, [storableJson(snapshots), now, source === 'list']);
  await writeReplies(
    client,
    changes.map(({ snapshot: { key }, ...told }) => ({ ...told, key })),
  );
  const waits = changes.flatMap(({ snapshot: { key }, waits: all }) => all.map((since) => ({ key, since })));
  const seconds = config.SLA_FIRST_RESPONSE / 1000;
  if (waits.length > 0) await client.query(WAITS, [storableJson(waits)]);
  const keys = changes.map(({ snapshot }) => snapshot.key);
  await recomputeWaits(client, keys, seconds);
}
