import type { Pool } from 'pg';
import { listAffected } from '../gates/read-impact.server.ts';
import type { AffectedRow } from './report-view.ts';

/** Conversations that a report lists; it counts all of them. */
export const MOST_LISTED = 500;

/** The conversations that an outage touched, those that were hurt most first; whose they are is added by {@link nameCustomers}. */
export async function readAffected(
  pool: Pool,
  span: { from: Date; to: Date; now: Date },
): Promise<AffectedRow[]> {
  const listed = await listAffected(pool, { ...span, limit: MOST_LISTED });
  return listed.map((one) => ({ ...one, customer: null }));
}

/** Adds the customers' names, for whoever may read what they wrote; they are never stored with a report. */
export async function nameCustomers(pool: Pool, rows: readonly AffectedRow[]): Promise<AffectedRow[]> {
  const found = await pool.query<{ key: string; name: string | null }>(
    'SELECT key, customer_name AS name FROM conversations WHERE key = ANY($1)',
    [rows.map(({ key }) => key)],
  );
  const names = new Map(found.rows.map(({ key, name }) => [key, name]));
  return rows.map((row) => ({ ...row, customer: names.get(row.key) ?? null }));
}
