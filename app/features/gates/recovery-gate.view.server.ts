import type { Services } from '../../lib/services.server.ts';
import { endOfImpact } from './impact.ts';
import { readGatedIncident } from './read-gated-incident.server.ts';
import { readImpact } from './read-impact.server.ts';
import { readMarks } from './read-marks.server.ts';
import { readRecoveryInput } from './read-recovery-input.server.ts';
import { readToldManagement } from './read-told-management.server.ts';
import { judgeRecovery } from './recovery-gate.ts';
import type { RecoveryGate } from './recovery-gate-view.ts';
import { stakeholderDrafts } from './stakeholder-drafts.ts';
import { stakeholderItems } from './stakeholder-items.ts';
import { lackingWords } from './unproved.server.ts';

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
  const span = { from: incident.startedAt, to: endOfImpact(incident, now), now };
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
