import type { Pool } from 'pg';
import type { IncidentDetail } from '../incidents/incident-view.ts';
import type { ReportOverride } from './report-view.ts';

/** What was done against a gate, by whom and why: resolving unproved, leaving fallback mode with open items. */
export async function readOverrides(
  pool: Pool,
  incident: IncidentDetail,
  { from, to }: { from: Date; to: Date },
): Promise<ReportOverride[]> {
  const { rows } = await pool.query<{ at: Date; by: string | null; reason: string; items: unknown }>(
    `SELECT ended_at AS at, ended_by AS by, override_reason AS reason, open_items AS items FROM fallback_runs
     WHERE override_reason IS NOT NULL AND ended_at >= $1 AND started_at <= $2 ORDER BY ended_at`,
    [from, to],
  );
  const overrides = rows.map(({ at, by, reason, items }) => ({
    at: at.toISOString(),
    what: `Fallback mode was left before its checklist was done${openWords(items)}`,
    by,
    reason,
  }));
  if (incident.overrideReason && incident.resolvedAt)
    overrides.push({
      at: incident.resolvedAt,
      what: 'The incident was resolved before its recovery was proved, or while a rule fired',
      by: incident.resolvedBy,
      reason: incident.overrideReason,
    });
  return overrides;
}

function openWords(items: unknown): string {
  const titles = Array.isArray(items) ? items.filter((item) => typeof item === 'string') : [];
  return titles.length > 0 ? `. Open were: ${titles.join('; ')}` : '';
}
