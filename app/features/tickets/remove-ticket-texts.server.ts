import type pg from 'pg';

const DAY_MS = 86_400_000;
const BATCH = 500;

/**
 * Removes customers' words from tickets that were closed or brought into Chatwoot more than `retentionDays` ago; numbers,
 * times and who did what stay. An open ticket is never touched, however old.
 * @param retentionDays MESSAGE_RETENTION_DAYS; 0 keeps everything
 * @returns how many tickets lost their texts
 */
export async function removeTicketTexts(
  pool: pg.Pool,
  { retentionDays, now }: { retentionDays: number; now: Date },
): Promise<number> {
  if (retentionDays === 0) return 0;
  const cutoff = new Date(now.getTime() - retentionDays * DAY_MS);
  for (let removed = 0; ;) {
    const { rowCount } = await pool.query(
      `WITH old AS (
         SELECT id FROM manual_tickets WHERE text_removed_at IS NULL
           AND (merge_state = 'done' AND merged_at < $1 OR status = 'closed' AND closed_at < $1 AND merge_state IS NULL)
         ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
       ), entries AS (
         UPDATE ticket_entries SET text = CASE WHEN kind IN ('created', 'merge') THEN text ELSE '' END,
           before = before - ARRAY['customer', 'email', 'issue'], after = after - ARRAY['customer', 'email', 'issue']
         WHERE ticket_id IN (SELECT id FROM old)
       )
       UPDATE manual_tickets t SET customer = '', email = NULL, issue = '', text_removed_at = $2, version = version + 1
       FROM old WHERE t.id = old.id`,
      [cutoff, now, BATCH],
    );
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < BATCH) return removed;
  }
}
