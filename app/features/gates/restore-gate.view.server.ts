import { databaseNow } from '../../lib/database-now.server.ts';
import type { Queryable, Reading } from '../../lib/reading.ts';
import { readCanaryEvidence } from './read-canary-evidence.server.ts';
import { readMarks } from './read-marks.server.ts';
import { readOutageStart } from './read-outage-start.server.ts';
import { readProbes } from './read-probes.server.ts';
import { judgeRestore, type RestoreGate } from './restore-gate.ts';

/**
 * The restore automation checklist of the runbook's section 3 as it stands now. While `open` is true at least one item is
 * not done, and fallback mode is switched off only with an override.
 */
export async function readRestoreGate({ db }: Pick<Reading, 'db'>, now: Date): Promise<RestoreGate> {
  const { pool } = db;
  const since = await readOutageStart(pool);
  const probes = await readProbes(pool, now);
  const canary = await readCanaryEvidence(pool);
  const marks = await readMarks(pool, 'restore', null);
  const told = await pool.query<{ id: number; at: Date }>(
    `SELECT id, finished_at AS at FROM notifications WHERE kind = 'fallback_off' AND state = 'accepted'
     ORDER BY id DESC LIMIT 1`,
  );
  const [message] = told.rows;
  const teamTold = message ? { at: message.at, evidence: `Message ${message.id} was accepted.` } : null;
  return judgeRestore({ since, probes, canary, marks, teamTold }, now);
}

/** Judges the checklist in the transaction that switches fallback mode off, by everything that is on record by then. */
export async function judgeRestoreIn(client: Queryable): Promise<{ open: boolean; items: string[] }> {
  const { open, items } = await readRestoreGate({ db: { pool: client } }, await databaseNow(client));
  return { open, items: openItems(items) };
}

/** Titles of what is not done. */
export const openItems = (items: RestoreGate['items']) =>
  items.filter(({ done }) => !done).map(({ title }) => title);
