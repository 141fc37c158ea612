import type { Services } from '../../lib/services.server.ts';
import { slaAdherence } from '../backlog/sla-adherence.view.server.ts';
import { readImpact } from '../gates/read-impact.server.ts';
import { endOfImpact, type Impact } from '../gates/impact.ts';
import { readIncident } from '../incidents/read-incident.view.server.ts';
import type { IncidentDetail } from '../incidents/incident-view.ts';
import { dueAt } from './due.ts';
import { readActions } from './read-actions.server.ts';
import { readAffected } from './read-affected.server.ts';
import { readCharts } from './read-charts.server.ts';
import { readMessages } from './read-messages.server.ts';
import { readOverrides } from './read-overrides.server.ts';
import type { ReportContent } from './report-content.ts';
import type { IncidentReport, ReportDetection, ReportLine, ReportTold } from './report-view.ts';

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
  const from = new Date(incident.startedAt);
  const to = endOfImpact({ recoveredAt, resolvedAt: dateOrNull(incident.resolvedAt) }, now);
  const span = { from, to, now };
  const impact = await readImpact(services, span);
  const [messages, listed, overrides, actions, charts, sla] = await Promise.all([
    readMessages(pool, impact),
    readAffected(pool, span),
    readOverrides(pool, incident, { from, to: dateOrNull(incident.resolvedAt) ?? now }),
    readActions(pool, incidentId),
    readCharts(pool, componentOf(incident.cause), span),
    slaAdherence(services, { since: from, until: to, now }),
  ]);
  const { id, title, severity, cause, status, drill, acknowledgedBy, resolvedBy, resolution } = incident;
  return {
    incident: { id, title, severity, cause, status, drill, acknowledgedBy, resolvedBy, resolution },
    writtenAt: now.toISOString(),
    state: 'draft',
    signedBy: null,
    signedAt: null,
    dueAt: over ? dueAt(over).toISOString() : null,
    content,
    times: {
      startedAt: incident.startedAt,
      detectedAt: incident.openedAt,
      acknowledgedAt: incident.acknowledgedAt,
      recoveredAt: incident.recoveredAt,
      resolvedAt: incident.resolvedAt,
      impactMs: over ? over.getTime() - from.getTime() : null,
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
