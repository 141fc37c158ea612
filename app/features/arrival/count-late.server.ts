import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { countArrivals } from '../facts/count-arrivals.server.ts';

/** A round counts this many at most. */
const BATCH = 500;

/** Measures the webhooks that came late after all, of messages that had been fetched: nothing else reads them. */
export async function countLate({ db }: Services): Promise<boolean> {
  return inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ createdAt: Date; receivedAt: Date }>(
      `UPDATE reconciled_messages SET delay_counted = true WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM reconciled_messages
         WHERE arrived_at IS NOT NULL AND NOT delay_counted LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
       RETURNING created_at AS "createdAt", arrived_at AS "receivedAt"`,
    );
    await countArrivals(client, rows);
    return rows.length === BATCH;
  });
}
