import type pg from 'pg';
import type { AlertState } from './rule-reading.ts';

const SELECT_ALERTS = `
  SELECT rule, state, severity, since, first_bad_at AS "firstBadAt", ok_streak AS "okStreak", ok_since AS "okSince",
    evaluated_at AS "evaluatedAt", counted_at AS "countedAt", value, threshold, words, numbers, incident_id AS "incidentId"
  FROM alerts ORDER BY rule`;

const byRule = (rows: AlertState[]) => new Map(rows.map((row) => [row.rule, row]));

/** Every alert, by its rule. */
export async function readAlertRows(client: pg.ClientBase): Promise<Map<string, AlertState>> {
  return byRule((await client.query<AlertState>(SELECT_ALERTS)).rows);
}

/** The same, locked until the transaction ends. */
export async function lockAlerts(client: pg.ClientBase): Promise<Map<string, AlertState>> {
  return byRule((await client.query<AlertState>(`${SELECT_ALERTS} FOR UPDATE`)).rows);
}

export async function writeAlert(client: pg.ClientBase, alert: AlertState): Promise<void> {
  await client.query(
    `INSERT INTO alerts (rule, state, severity, since, first_bad_at, ok_streak, ok_since, evaluated_at, counted_at,
       value, threshold, words, numbers, incident_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT (rule) DO UPDATE SET state = excluded.state, severity = excluded.severity, since = excluded.since,
       first_bad_at = excluded.first_bad_at, ok_streak = excluded.ok_streak, ok_since = excluded.ok_since,
       evaluated_at = excluded.evaluated_at, counted_at = excluded.counted_at, value = excluded.value,
       threshold = excluded.threshold, words = excluded.words, numbers = excluded.numbers, incident_id = excluded.incident_id`,
    [
      alert.rule,
      alert.state,
      alert.severity,
      alert.since,
      alert.firstBadAt,
      alert.okStreak,
      alert.okSince,
      alert.evaluatedAt,
      alert.countedAt,
      alert.value,
      alert.threshold,
      alert.words,
      alert.numbers,
      alert.incidentId,
    ],
  );
}

export async function forgetAlert(client: pg.ClientBase, rule: string): Promise<void> {
  await client.query('DELETE FROM alerts WHERE rule = $1', [rule]);
}

/** A statement that hands the alerts of incident $1 to incident $2, in the transaction that merges them. */
export const MOVE_ALERTS = 'UPDATE alerts SET incident_id = $2 WHERE incident_id = $1';
