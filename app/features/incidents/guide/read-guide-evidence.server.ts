import type pg from 'pg';
import type { GuideReading } from './guide-steps.ts';
import { clockWords, spanWords } from '../../../lib/time-words.ts';
import { factType } from '../../facts/record-fact.server.ts';
import { componentOf } from '../incident-row.server.ts';

/** What a step found. */
export interface Evidence {
  /** Nothing wrong was found. */
  ok: boolean;
  evidence: string;
}

interface Asked {
  cause: string;
  now: Date;
}

const HOUR_MS = 3_600_000;

/** What is checked by itself; of other causes all checks tell. */
const CHECKED = /^(chatwoot|delivery|intake|target:.*)$/s;

/** Evidence for a step from what is on record. */
export function readGuideEvidence(pool: pg.Pool, reading: GuideReading, asked: Asked): Promise<Evidence> {
  switch (reading) {
    case 'component':
    case 'restored':
      return readComponents(pool, asked);
    case 'health_history':
      return readHistory(pool, asked);
    case 'recent_attempts':
      return readAttempts(pool);
    case 'retry_metrics':
      return readRetryMetrics(pool, asked);
    case 'dead_letters':
      return readDeadLetters(pool);
  }
}

async function readComponents(pool: pg.Pool, { cause, now }: Asked): Promise<Evidence> {
  const name = componentOf(cause);
  const { rows } = await pool.query<{
    label: string;
    state: string;
    successes: number;
    checkedAt: Date;
    detail: string | null;
  }>(
    `SELECT label, state, successes, checked_at AS "checkedAt", detail FROM health_components
     WHERE name = $1 OR $1 = 'network' ORDER BY name`,
    [name],
  );
  if (rows.length === 0) return { ok: false, evidence: 'It was not checked yet: there is nothing to go by.' };
  const ok =
    cause === 'network'
      ? rows.every(({ state }) => state !== 'inconclusive')
      : rows.every(({ state }) => state === 'up');
  const lines = rows.map(
    ({ label, state, successes, checkedAt, detail }) =>
      `${label} is ${state}${detail ? ` (${detail})` : ''}, checked ${spanWords(now.getTime() - checkedAt.getTime())} ago${state === 'up' ? `, ${successes} good in a row` : ''}`,
  );
  return { ok, evidence: `${lines.join('; ')}.` };
}

async function readHistory(pool: pg.Pool, { cause }: Asked): Promise<Evidence> {
  const { rows } = await pool.query<{ probe: string; at: Date; outcome: string; detail: string | null }>(
    `SELECT probe, at, outcome, detail FROM probe_results WHERE component = $1 OR $1 IS NULL
     ORDER BY at DESC, id DESC LIMIT 5`,
    [CHECKED.test(cause) ? componentOf(cause) : null],
  );
  if (rows.length === 0) return { ok: false, evidence: 'No check is on record.' };
  return {
    ok: rows.every(({ outcome }) => outcome === 'ok'),
    evidence: `The last ${rows.length}: ${rows.map(({ probe, at, outcome, detail }) => `${clockWords(at)} ${probe} ${outcome}${detail ? ` (${detail})` : ''}`).join('; ')}.`,
  };
}

async function readAttempts(pool: pg.Pool): Promise<Evidence> {
  const { rows } = await pool.query<{ outcome: string; n: number; last: Date; status: number | null }>(
    `SELECT outcome, count(*) AS n, max(a.started_at) AS last, max(a.status) AS status FROM (
       SELECT d.seq, d.attempts_total FROM deliveries d WHERE d.last_attempt_at IS NOT NULL ORDER BY d.seq DESC LIMIT 50) d
     JOIN attempts a ON a.seq = d.seq AND a.number = d.attempts_total
     GROUP BY outcome ORDER BY n DESC`,
  );
  if (rows.length === 0) return { ok: true, evidence: 'Nothing was sent to the Agent service yet.' };
  return {
    ok: rows.every(({ outcome }) => outcome === 'ok'),
    evidence: `How the newest webhooks ended so far: ${rows.map(({ outcome, n, last, status }) => `${n} × ${outcome}${status && outcome !== 'ok' ? ` (${status})` : ''}, last at ${clockWords(last)}`).join('; ')}.`,
  };
}

/** The runbook's query over `support.webhook.retry`. */
async function readRetryMetrics(pool: pg.Pool, { now }: Asked): Promise<Evidence> {
  const { rows } = await pool.query<{ attempts: string; success: string; status: string | null; n: number }>(
    `SELECT value->>'attempts' AS attempts, value->>'success' AS success, value->>'finalStatus' AS status, count(*) AS n
     FROM dashboard_facts WHERE fact_type = ${factType('support.webhook.retry')} AND recorded_at > $1 AND recorded_at <= $2
     GROUP BY 1, 2, 3 ORDER BY n DESC LIMIT 10`,
    [new Date(now.getTime() - HOUR_MS), now],
  );
  if (rows.length === 0) return { ok: true, evidence: 'No delivery ended within the last hour.' };
  const told = rows.map(
    ({ attempts, success, status, n }) =>
      `${n} ${success === 'true' ? 'delivered' : 'failed'} after ${attempts} ${attempts === '1' ? 'attempt' : 'attempts'} (${status ?? 'no answer'})`,
  );
  return {
    ok: rows.every(({ success }) => success === 'true'),
    evidence: `Within the last hour: ${told.join('; ')}.`,
  };
}

async function readDeadLetters(pool: pg.Pool): Promise<Evidence> {
  const { rows } = await pool.query<{ cause: string; n: number; last: Date; error: string | null }>(
    `SELECT f.metadata->>'cause' AS cause, count(*) AS n, max(f.recorded_at) AS last,
       (array_agg(f.value->>'lastError' ORDER BY f.recorded_at DESC))[1] AS error
     FROM deliveries d JOIN dashboard_facts f ON f.id = d.dead_fact_id WHERE d.state = 'dead'
     GROUP BY 1 ORDER BY n DESC LIMIT 5`,
  );
  if (rows.length === 0) return { ok: true, evidence: 'No dead letter is open.' };
  return {
    ok: false,
    evidence: `Open dead letters by cause: ${rows.map(({ cause, n, last, error }) => `${n} × ${cause.replaceAll('|', ' ')} (${error ?? 'no reason kept'}), last at ${clockWords(last)}`).join('; ')}.`,
  };
}

/** Whether a dead letter is open: without one there is nothing left to replay. */
export async function readHasDeadLetters(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ some: boolean }>(
    "SELECT EXISTS (SELECT FROM deliveries WHERE state = 'dead') AS some",
  );
  return rows[0]!.some;
}
