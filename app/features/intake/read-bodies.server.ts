import type pg from 'pg';
import { openBody } from '../../lib/body-cipher.server.ts';
import { type JsonRecord, parseExact } from '../../lib/json.ts';
import type { EncryptionKey } from '../../lib/settings/config.ts';

/** A page reads no larger ones: they carry a mail's whole thread, and there are many on it. */
const MOST_BYTES = 256 * 1024;

/**
 * What was received, by the event's number. Left out: what was removed after the retention time, is larger than `mostBytes`, or
 * cannot be opened with the keys that are configured.
 * @param mostBytes 256 KB when left out
 */
export async function readBodies(
  pool: pg.Pool,
  keys: readonly EncryptionKey[],
  seqs: readonly number[],
  mostBytes = MOST_BYTES,
): Promise<Map<number, JsonRecord>> {
  if (seqs.length === 0) return new Map();
  const { rows } = await pool.query<{ seq: number; eventId: string; body: Buffer }>(
    `SELECT seq, event_id AS "eventId", body FROM webhook_events
     WHERE seq = ANY($1::bigint[]) AND octet_length(body) <= $2`,
    [seqs, mostBytes],
  );
  return new Map(
    rows.flatMap(({ seq, eventId, body }) => {
      const opened = openBody(keys, body, eventId);
      if (opened.outcome !== 'open') return [];
      // Intake stored only what it could parse; a byte order mark before it is allowed.
      return [[seq, parseExact(opened.body.toString('utf8').replace(/^\uFEFF/, '')) as JsonRecord] as const];
    }),
  );
}
