import type { Pool } from 'pg';
import { factType, insertFacts } from '../facts/fact-sql.ts';

export interface AuditHead {
  /** Number of the newest row. */
  id: number;
  /** Its hash, in hex. */
  hash: string;
}

/**
 * Puts the end of the audit log's chain on record, when it has moved since the last time: a log whose last rows were cut
 * off, or that was written anew from some row on, no longer has a row of that number and hash.
 * @returns the head if it was recorded now
 */
export async function recordAuditHead(pool: Pool, now: Date): Promise<AuditHead | null> {
  const { rows } = await pool.query<AuditHead>(
    `WITH moved AS (
       SELECT h.id, encode(h.hash, 'hex') AS hash FROM audit_head h
       WHERE h.id > 0 AND encode(h.hash, 'hex') IS DISTINCT FROM (
         SELECT value->>'hash' FROM dashboard_facts WHERE fact_type = ${factType('support.audit.head')}
         ORDER BY recorded_at DESC, id DESC LIMIT 1)
     ), told AS (
       ${insertFacts('support.audit.head', { value: "jsonb_build_object('id', id, 'hash', hash)", at: '$1' })} FROM moved
     )
     SELECT id, hash FROM moved`,
    [now],
  );
  return rows[0] ?? null;
}
