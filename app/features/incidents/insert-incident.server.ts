import type pg from 'pg';
import type { Config } from '../../lib/config.ts';
import type { Severity } from '../notify/severity.ts';
import { SELECT_INCIDENT, type IncidentRow } from './incident-row.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { recordTimeline } from './record-timeline.server.ts';
import { spanWords } from './span-words.ts';
import { tellIncident } from './tell-incident.server.ts';

export interface NewIncident {
  cause: string;
  title: string;
  severity: Severity;
  /** The first failed check. */
  startedAt: Date;
  /** `alert <rule>` or a person's name. */
  openedBy: string;
  drillId: number | null;
  /** Why, in a sentence with its numbers. */
  reason: string;
}

/**
 * Opens an incident and tells the environment's channels. The caller has seen that its cause has none open; should
 * somebody have been faster, the unique index refuses it and the transaction is run again by the next tick.
 */
export async function insertIncident(
  client: pg.ClientBase,
  { config, now }: { config: Config; now: Date },
  wanted: NewIncident,
): Promise<IncidentRow> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by, next_step_at, drill_id)
     VALUES ($1, $2, $3, $4, $5, $6, $5, $7) RETURNING id`,
    [wanted.cause, wanted.title, wanted.severity, wanted.startedAt, now, wanted.openedBy, wanted.drillId],
  );
  const { id } = rows[0]!;
  const found = await client.query<IncidentRow>(`${SELECT_INCIDENT} WHERE i.id = $1`, [id]);
  const incident = found.rows[0]!;
  const late = now.getTime() - wanted.startedAt.getTime();
  const after = late >= 1000 ? `, ${spanWords(late)} after it began` : '';
  await recordTimeline(client, {
    incidentId: id,
    at: now,
    source: wanted.openedBy.startsWith('alert ') ? 'system' : 'person',
    kind: 'opened',
    text: `${wanted.severity} incident opened by ${wanted.openedBy}${after}: ${wanted.title}`,
    data: { reason: wanted.reason },
  });
  await recordFact(client, {
    type: 'support.incident.opened',
    value: {
      incident: id,
      cause: wanted.cause,
      severity: wanted.severity,
      startedAt: wanted.startedAt,
      detectedAfterMs: late,
    },
    metadata: { by: wanted.openedBy, reason: wanted.reason, drill: wanted.drillId },
    now,
  });
  await tellIncident(client, { config, now }, incident, { kind: 'opened', sentence: wanted.reason });
  return incident;
}
