import { databaseNow, type Queryable, type ReadServices } from '../../../lib/database/queryable.server.ts';
import { readCanaryEvidence } from '../../canary/read-canary.server.ts';
import { readMarks } from '../gate-marks.server.ts';
import { judgeRestore, type ProbeEvidence, type RestoreGate } from './restore-gate.ts';

/**
 * The restore automation checklist of the runbook's section 3 as it stands now. While `open` is true at least one item is
 * not done, and fallback mode is switched off only with an override.
 */
export async function readRestoreGate({ db }: Pick<ReadServices, 'db'>, now: Date): Promise<RestoreGate> {
  const { pool } = db;
  const since = await readOutageStart(pool);
  const probes = await readProbes(pool, now);
  const canary = await readCanaryEvidence(pool);
  const marks = await readMarks(pool, 'restore', null);
  const told = await pool.query<{ id: number; at: Date }>(
    `SELECT id, finished_at AS at FROM notifications WHERE kind = 'fallback_off' AND state = 'accepted' AND finished_at IS NOT NULL
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

/**
 * Start of what is being restored from: the newest of the open incidents' first failed checks and of fallback mode's
 * switching on. Evidence from before it does not count.
 * @returns null when no incident is open and fallback mode is off
 */
async function readOutageStart(db: Queryable): Promise<Date | null> {
  const { rows } = await db.query<{ since: Date | null }>(
    `SELECT GREATEST(
       (SELECT max(started_at) FROM incidents WHERE status IN ('open', 'acknowledged')),
       (SELECT max(started_at) FROM fallback_runs WHERE ended_at IS NULL)) AS since`,
  );
  return rows[0]!.since;
}

interface Row {
  probe: string;
  component: string;
  at: Date;
  outcome: string;
  status: number | null;
  error_class: string | null;
  detail: string | null;
  target: string;
  latency_ms: number | null;
}

/** Each probe's newest result; a probe that has not run for a day is not among them. */
async function readProbes(db: Queryable, now: Date): Promise<ProbeEvidence[]> {
  const { rows } = await db.query<Row>(
    `SELECT DISTINCT ON (probe) probe, component, at, outcome, status, error_class, detail, target, latency_ms
     FROM probe_results WHERE at > $1::timestamptz - interval '1 day' AND at <= $1
     ORDER BY probe, at DESC`,
    [now],
  );
  return rows.map((row) => ({
    probe: row.probe,
    component: row.component,
    at: row.at,
    ok: row.outcome === 'ok',
    detail: wordsOf(row),
    latencyMs: row.latency_ms,
  }));
}

function wordsOf({ outcome, status, error_class, detail, target, latency_ms }: Row): string {
  const answer = status === null ? (error_class ?? 'no answer') : String(status);
  const took = latency_ms === null ? '' : ` in ${latency_ms} ms`;
  if (outcome === 'ok') return `It passed (${target}: ${answer}${took})`;
  return `It did not pass (${target}: ${detail ?? `${answer}${took}`})`;
}
