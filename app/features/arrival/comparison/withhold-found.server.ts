import type pg from 'pg';
import { storableJson } from '../../../lib/storable.ts';
import { releaseMessages } from '../../delivery/hold-messages.server.ts';
import { letGo, withholdDeliveries } from '../../delivery/withhold.server.ts';
import { MOST_AT_ONCE, type WithheldReason } from './history.ts';

/** An event that was recorded a moment ago and is no news. */
export interface WithheldEvent {
  seq: number;
  key: string;
  event: string;
  reason: WithheldReason;
}

/** In the transaction that records them: none of them can have gone out. */
export async function withholdFound(
  client: pg.ClientBase,
  runId: number,
  events: readonly WithheldEvent[],
  now: Date,
): Promise<void> {
  if (events.length === 0) return;
  await withholdDeliveries(
    client,
    events.map(({ seq }) => seq),
    now,
  );
  await client.query(
    `INSERT INTO withheld_messages (seq, reconciliation_id, conversation_key, event, reason, withheld_at)
     SELECT seq, $2, key, event, reason, $3
     FROM json_to_recordset($1::json) AS i(seq bigint, key text, event text, reason text)`,
    [storableJson(events), runId, now],
  );
}

/**
 * At the end of a comparison, in its transaction: what was counted goes out if it is not too much at once, else somebody is
 * asked. What an earlier comparison that never ended had counted is counted with it.
 */
export async function settleCounted(client: pg.ClientBase, runId: number, now: Date): Promise<void> {
  const { rows } = await client.query<{ seq: number; key: string; event: string }>(
    `SELECT seq, conversation_key AS key, event FROM withheld_messages
     WHERE reason = 'counting' AND decided_at IS NULL AND NOT EXISTS (
       SELECT FROM reconciliations r WHERE r.id = reconciliation_id AND r.id <> $1 AND r.state = 'running')
     ORDER BY seq FOR UPDATE`,
    [runId],
  );
  if (rows.length === 0) return;
  const seqs = rows.map(({ seq }) => seq);
  if (rows.filter(({ event }) => event === 'message_created').length > MOST_AT_ONCE) {
    await client.query(
      `UPDATE withheld_messages SET reason = 'many', reconciliation_id = $2 WHERE seq = ANY($1::bigint[])`,
      [seqs, runId],
    );
  } else {
    await letGo(client, seqs, now);
    await client.query('DELETE FROM withheld_messages WHERE seq = ANY($1::bigint[])', [seqs]);
  }
  await releaseMessages(
    client,
    rows.map(({ key }) => key),
  );
}
