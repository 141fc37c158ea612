import type { Pool } from 'pg';
import { z } from 'zod';
import { rowNumber } from '../../lib/http/form-fields.ts';
import { databaseNow, type ReadServices } from '../../lib/database/queryable.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { readMarks } from './gate-marks.server.ts';
import { spanOfImpact } from './impact.ts';
import { readImpact } from './read-impact.server.ts';
import { readGatedIncident, readRecoveryInput } from './read-recovery-input.server.ts';
import { decideRecoveryStep, type RecoveryGate, type RecoveryPageView } from './decide-recovery-step.ts';
import { judgeRecovery } from './recovery-gate.ts';
import type { RecoveryItem } from './recovery-input.ts';
import { stakeholderDrafts, stakeholderItems, type ToldManagement } from './stakeholders.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { readCanary } from '../canary/read-canary.server.ts';
import { readRestoreGate } from './restore/read-restore-gate.server.ts';

/** Whose recovery is read. */
export const GATES_QUERY = z.object({
  incident: rowNumber('Whose recovery; otherwise that of the incident at hand.').optional(),
});

/**
 * How far the recovery of an incident is proved (runbook section 4), judged now.
 * @returns null when there is no such incident
 */
export async function readRecoveryGate(
  services: Services,
  incidentId: number,
  now: Date,
): Promise<RecoveryGate | null> {
  const { pool } = services.db;
  const incident = await readGatedIncident(pool, incidentId);
  if (!incident) return null;
  const span = spanOfImpact(incident, now);
  const [input, impact, marks, told, report] = await Promise.all([
    readRecoveryInput(services, incident, now),
    readImpact(services, span),
    readMarks(pool, 'recovery', incidentId),
    readToldManagement(pool, incidentId),
    pool.query<{ cause: string | null }>(
      `SELECT NULLIF(content->>'rootCause', '') AS cause FROM incident_reports WHERE incident_id = $1`,
      [incidentId],
    ),
  ]);
  const { passed, since, items } = judgeRecovery(input, now);
  const drafts = stakeholderDrafts({
    ...incident,
    recoveredAt: incident.recoveredAt ?? incident.resolvedAt,
    impact,
    rootCause: report.rows[0]?.cause ?? null,
    supportEmail: services.config.SUPPORT_FALLBACK_EMAIL,
    appUrl: (services.config.APP_URL ?? '').replace(/\/$/, ''),
  });
  return {
    incident: {
      id: incident.id,
      title: incident.title,
      severity: incident.severity,
      status: incident.status,
      startedAt: incident.startedAt.toISOString(),
      overrideReason: incident.overrideReason,
    },
    passed,
    since: since?.toISOString() ?? null,
    open: items.filter(({ done }) => !done).map(({ title }) => title),
    lacking: lackingWords(items),
    items,
    stakeholders: stakeholderItems(marks, told).map((item) => ({ ...item, draft: drafts[item.key] })),
    impact: { ...impact, from: impact.from.toISOString(), to: impact.to.toISOString() },
  };
}

/**
 * What the recovery of an incident still lacks, judged on everything that is on record by now.
 * @param reading over the connection of the transaction that resolves the incident: what is recorded while somebody
 *   decides, a check that fails, counts
 * @returns null when nothing is lacking, or there is no such incident
 */
export async function readUnproved(reading: ReadServices, incidentId: number): Promise<string | null> {
  const incident = await readGatedIncident(reading.db.pool, incidentId);
  if (!incident) return null;
  const now = await databaseNow(reading.db.pool);
  return lackingWords(judgeRecovery(await readRecoveryInput(reading, incident, now), now).items);
}

/** What is not done, with its evidence, in one line; null when everything is. */
function lackingWords(items: readonly RecoveryItem[]): string | null {
  const lacking = items.filter(({ done }) => !done);
  return lacking.map(({ title, evidence }) => `${title}: ${evidence}`).join(' ') || null;
}

/** Roles whose contacts accepted a message that the incident has recovered or was resolved. */
async function readToldManagement(pool: Pool, incidentId: number): Promise<ToldManagement | null> {
  const { rows } = await pool.query<{ at: Date | null; roles: string[] }>(
    `SELECT max(n.finished_at) AS at, array_agg(DISTINCT c.role) AS roles
     FROM notifications n JOIN contacts c ON c.id = n.contact_id
     WHERE n.incident_id = $1 AND n.kind IN ('recovered', 'resolved') AND n.state = 'accepted'`,
    [incidentId],
  );
  const [row] = rows;
  return row?.at ? { at: row.at, roles: row.roles } : null;
}

/**
 * Both gates as they stand now.
 * @param incidentId whose recovery; null: the worst open incident's, else that of the one resolved last, within a day
 * @returns null when there is no such incident
 */
export async function readRecoveryPage(
  services: Services,
  { incidentId, now }: { incidentId: number | null; now: Date },
): Promise<RecoveryPageView | null> {
  const open = await currentIncidents(services);
  const wanted = incidentId ?? open[0]?.id ?? (await latestResolved(services, now));
  const [restore, canary, recovery, fallback] = await Promise.all([
    readRestoreGate(services, now),
    readCanary(services),
    wanted === null ? null : readRecoveryGate(services, wanted, now),
    readFallback(services),
  ]);
  if (incidentId !== null && !recovery) return null;
  return {
    state: decideRecoveryStep({ fallbackOn: fallback.on, restore, recovery, canary }),
    fallback,
    restore,
    canary,
    recovery,
    others: open.filter(({ id }) => id !== wanted).map(({ id, title }) => ({ id, title })),
  };
}

async function latestResolved({ db }: Services, now: Date): Promise<number | null> {
  const { rows } = await db.pool.query<{ id: number }>(
    `SELECT id FROM incidents WHERE status = 'resolved' AND resolved_at > $1::timestamptz - interval '1 day'
     ORDER BY resolved_at DESC LIMIT 1`,
    [now],
  );
  return rows[0]?.id ?? null;
}

async function readFallback({ db }: Services): Promise<RecoveryPageView['fallback']> {
  const { rows } = await db.pool.query<{ since: Date }>(
    'SELECT started_at AS since FROM fallback_runs WHERE ended_at IS NULL',
  );
  const [run] = rows;
  return { on: run !== undefined, since: run?.since.toISOString() ?? null };
}
