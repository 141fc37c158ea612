import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

/** When the outage of each story begins. */
const START = new Date('2026-09-22T05:00:00.000Z');
export const at = (minutes: number) => new Date(START.getTime() + minutes * 60_000);
export const ADA = person('Ada');
export const EVE = person('Eve');

/** A name that tries everything. */
export const HOSTILE = '<script>alert(1)</script> **bold** [x](http://evil.example) | @all';

/**
 * An incident of 40 minutes that an alert noticed after 30 s, with what a real one leaves on record.
 * @param resolved minutes after the start; null: still open
 */
export async function insertIncident(services: TestServices, resolved: number | null = 60): Promise<number> {
  const { pool } = services.db;
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO incidents (cause, title, severity, status, started_at, opened_at, opened_by, recovered_at, resolved_at,
       resolved_by, resolution, override_reason)
     VALUES ('chatwoot', 'Chatwoot does not answer', 'P0', $1, $2, $3, 'alert chatwoot_down', $4, $5, $6, $7, $8) RETURNING id`,
    [
      resolved === null ? 'open' : 'resolved',
      START,
      at(0.5),
      resolved === null ? null : at(40),
      resolved === null ? null : at(resolved),
      resolved === null ? null : 'Lea',
      resolved === null ? null : 'Redis has more memory now.',
      resolved === null ? null : 'Nobody writes at night.',
    ],
  );
  const { id } = rows[0]!;
  await pool.query(
    `INSERT INTO incident_alerts (incident_id, rule, severity, fired_at, cleared_at, words, numbers)
     VALUES ($1, 'chatwoot_down', 'P0', $2, $3, '2 checks in a row failed', '{}')`,
    [id, at(0.5), resolved === null ? null : at(40)],
  );
  await pool.query(
    `INSERT INTO incident_timeline (incident_id, at, last_at, count, source, kind, text, actor)
     VALUES ($1, $2, $3, 80, 'probe', 'probe:chatwoot', 'Check of Chatwoot failed', NULL),
       ($1, $4, $4, 1, 'person', 'note', 'Restarted Redis', 'Max')`,
    [id, START, at(39.5), at(20)],
  );
  return id;
}

/** Services and one such incident. */
export async function createReportWorld(env: Record<string, string> = {}) {
  const services = await createTestServices(env);
  const incidentId = await insertIncident(services);
  return { services, incidentId, pool: services.db.pool };
}

/** Proof that nothing was lost: the ledger counted after the end, and Chatwoot compared. */
export async function prove({ db: { pool } }: TestServices, balanced = true): Promise<void> {
  await pool.query(
    `INSERT INTO dashboard_facts (fact_type, scope, value, recorded_at) VALUES ('support.ledger.check', 'support', $1, $2)`,
    [
      { received: 120, delivered: 118, pending: 0, held: 0, dead: 0, discarded: 2, spooled: 0, balanced },
      at(41),
    ],
  );
  await pool.query(
    `INSERT INTO reconciliations (since, until, cause, state, started_at, finished_at)
     VALUES ($1, $2, 'recovery', 'done', $2, $2)`,
    [at(-10), at(45)],
  );
}
