import type { Pool } from 'pg';
import type { Services } from '../../lib/services.server.ts';
import type { IncidentDetail } from '../incidents/incident-view.ts';
import { outageMs } from '../incidents/outage-clock.ts';
import { readIncident } from '../incidents/read-incident.server.ts';
import { type Impact, type ImpactSpan, spanOfImpact } from '../recovery/impact.ts';
import { listAffected, readImpact } from '../recovery/read-impact.server.ts';
import { slaAdherence } from '../waiting/sla-policies.server.ts';
import { readActions } from './change-report.server.ts';
import { readCharts } from './read-charts.server.ts';
import { readMessages } from './read-messages.server.ts';
import type { ReportContent } from './report-content.ts';
import type {
  AffectedRow,
  IncidentReport,
  ReportDetection,
  ReportLine,
  ReportOverride,
  ReportTold,
} from './report-view.ts';
import { reportDueAt } from './tick-report-reminders.server.ts';

/** Lines of the timeline that tell what was done. */
const DEEDS: readonly ReportLine['source'][] = ['person', 'guide', 'fallback', 'replay'];

const dateOrNull = (iso: string | null) => (iso === null ? null : new Date(iso));

/** A report as the record has it now, with what people wrote; null when there is no such incident. */
export async function readRecord(
  services: Services,
  { incidentId, content, now }: { incidentId: number; content: ReportContent; now: Date },
): Promise<IncidentReport | null> {
  const { pool } = services.db;
  const incident = await readIncident(services, incidentId, now);
  if (!incident) return null;
  const recoveredAt = dateOrNull(incident.recoveredAt);
  const over = recoveredAt ?? dateOrNull(incident.resolvedAt);
  const span = spanOfImpact(
    {
      startedAt: new Date(incident.startedAt),
      recoveredAt,
      resolvedAt: dateOrNull(incident.resolvedAt),
      lulls: incident.lulls,
    },
    now,
  );
  const impact = await readImpact(services, span);
  const [messages, listed, overrides, actions, charts, sla] = await Promise.all([
    readMessages(pool, impact),
    readAffected(pool, span),
    readOverrides(pool, incident, { from: span.from, to: dateOrNull(incident.resolvedAt) ?? now }),
    readActions(pool, incidentId),
    readCharts(pool, componentOf(incident.cause), span),
    slaAdherence(services, span),
  ]);
  const { id, title, severity, cause, status, drill, acknowledgedBy, resolvedBy, resolution } = incident;
  return {
    incident: { id, title, severity, cause, status, drill, acknowledgedBy, resolvedBy, resolution },
    writtenAt: now.toISOString(),
    state: 'draft',
    signedBy: null,
    signedAt: null,
    dueAt: over ? reportDueAt(over).toISOString() : null,
    content,
    times: {
      startedAt: incident.startedAt,
      detectedAt: incident.openedAt,
      acknowledgedAt: incident.acknowledgedAt,
      recoveredAt: incident.recoveredAt,
      resolvedAt: incident.resolvedAt,
      impactMs: over ? outageMs(incident, now) : null,
      lulls: incident.lulls,
    },
    detection: await readDetection(services, incident),
    steps: incident.timeline.filter(({ source }) => DEEDS.includes(source)).map(lineOf),
    impact: { ...impactOf(impact), answeredInTime: impact.breaches === null ? null : sla.ratio },
    messages,
    affected: { listed, total: impact.conversations },
    overrides,
    actions,
    told: incident.notifications.map(toldOf),
    timeline: incident.timeline.map(lineOf),
    charts,
  };
}

const impactOf = ({ conversations, breaches, byHand }: Impact) => ({ conversations, breaches, byHand });

/** The component whose checks belong to a cause. */
function componentOf(cause: string): string {
  if (cause === 'delivery') return 'agent';
  return cause === 'intake' || cause.startsWith('target:') ? cause : 'chatwoot';
}

async function readDetection(services: Services, incident: IncidentDetail): Promise<ReportDetection> {
  const { rows } = await services.db.pool.query<{ by: string }>(
    'SELECT opened_by AS by FROM incidents WHERE id = $1',
    [incident.id],
  );
  const by = rows[0]?.by ?? '';
  const byAlert = by.startsWith('alert ');
  return {
    method: byAlert ? `By the app: alert ${by.slice('alert '.length)}` : `By a person: ${by}`,
    alerts: incident.alerts.map(({ firedAt, rule, severity, words }) => ({
      at: firedAt,
      rule,
      severity,
      words,
    })),
    delayMs: byAlert ? Date.parse(incident.openedAt) - Date.parse(incident.startedAt) : null,
  };
}

const lineOf = ({ at, lastAt, count, source, text, actor }: ReportLine): ReportLine => ({
  at,
  lastAt,
  count,
  source,
  text,
  actor,
});

const toldOf = ({
  createdAt,
  to,
  channel,
  kind,
  state,
  finishedAt,
}: IncidentDetail['notifications'][number]): ReportTold => ({
  at: createdAt,
  to,
  channel,
  what: kind,
  state,
  finishedAt,
});

/** Conversations that a report lists; it counts all of them. */
const MOST_LISTED = 500;

/** The conversations that an outage touched, those that were hurt most first; whose they are is added by {@link nameCustomers}. */
async function readAffected(pool: Pool, span: ImpactSpan): Promise<AffectedRow[]> {
  const listed = await listAffected(pool, { ...span, limit: MOST_LISTED });
  return listed.map((one) => ({ ...one, customer: null }));
}

/** Adds the customers' names, for whoever may read what they wrote; they are never stored with a report. */
export async function nameCustomers(pool: Pool, rows: readonly AffectedRow[]): Promise<AffectedRow[]> {
  const found = await pool.query<{ key: string; name: string | null }>(
    'SELECT key, customer_name AS name FROM conversations WHERE key = ANY($1)',
    [rows.map(({ key }) => key)],
  );
  const names = new Map(found.rows.map(({ key, name }) => [key, name]));
  return rows.map((row) => ({ ...row, customer: names.get(row.key) ?? null }));
}

/** What was done against a gate, by whom and why: resolving unproved, leaving fallback mode with open items. */
async function readOverrides(
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
