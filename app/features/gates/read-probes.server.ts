import type { Queryable } from '../../lib/reading.ts';
import type { ProbeEvidence } from './restore-gate.ts';

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
export async function readProbes(db: Queryable, now: Date): Promise<ProbeEvidence[]> {
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
  const why = outcome === 'ok' || !detail ? '' : `: ${detail}`;
  return `${target}: ${answer}${took}${why}`;
}
