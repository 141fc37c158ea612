import type pg from 'pg';
import { insertFacts } from '../facts/fact-sql.ts';
import { requeueSkipped } from './skip-answered.server.ts';

/**
 * Puts events aside that were stored in this same transaction, before anybody can have claimed them: they are on record and
 * go out only when somebody says so.
 */
export async function withholdDeliveries(
  client: pg.ClientBase,
  seqs: readonly number[],
  now: Date,
): Promise<void> {
  await client.query(
    `UPDATE deliveries SET state = 'withheld', finished_at = $2 WHERE seq = ANY($1::bigint[]) AND state = 'pending'`,
    [seqs, now],
  );
}

/** They were not too many after all: nobody has to say anything. */
export async function letGo(client: pg.ClientBase, seqs: readonly number[], now: Date): Promise<void> {
  await client.query(
    `UPDATE deliveries SET state = 'pending', finished_at = NULL, due_at = $2, run_started_at = $2
     WHERE seq = ANY($1::bigint[]) AND state = 'withheld'`,
    [seqs, now],
  );
}

/** Sends what was withheld, in somebody's name, as what was skipped is sent on. @returns what goes out now */
export const sendWithheld = requeueSkipped;

/** Discards what was withheld, in a person's name and with a reason. @returns what is discarded now */
export async function leaveWithheld(
  client: pg.ClientBase,
  { seqs, by, reason, now }: { seqs: readonly number[]; by: string; reason: string; now: Date },
): Promise<number[]> {
  const { rows } = await client.query<{ seq: number }>(
    `WITH left_out AS (
       UPDATE deliveries SET state = 'discarded', discarded_by = $2, discard_reason = $3, finished_at = $4
       WHERE seq = ANY($1::bigint[]) AND state = 'withheld' RETURNING seq
     ), told AS (
       ${insertFacts('support.webhook.skip', {
         value: `jsonb_build_object('seq', seq)`,
         metadata: `jsonb_build_object('actor', $2::text, 'reason', $3::text)`,
         at: '$4',
       })}
       FROM left_out ORDER BY seq
     )
     SELECT seq FROM left_out ORDER BY seq`,
    [seqs, by, reason, now],
  );
  return rows.map(({ seq }) => seq);
}
