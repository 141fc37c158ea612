import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { Severity } from '../../lib/severity.ts';
import { spanWords } from '../../lib/time-words.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { cleaned } from './change-incident.server.ts';
import {
  type IncidentRow,
  lockOpenIncidentOf,
  lockOpening,
  readOpenDrill,
  SELECT_INCIDENT,
} from './incident-row.server.ts';
import { recordTimeline } from './record-timeline.server.ts';
import { tellIncident } from './tell-incident.server.ts';

/** What a person may say it is about, so that the right guide and ladder apply; null: something else. */
type ManualCause = 'chatwoot' | 'delivery' | 'intake' | null;

export interface OpenRequest {
  title: string;
  severity: Severity;
  /** What was seen. */
  reason: string;
  cause?: ManualCause;
  actor: Actor;
  now: Date;
}

export type OpenOutcome =
  | { outcome: 'opened'; incidentId: number }
  /** One of this cause is open: go on there. */
  | { outcome: 'already_open'; incidentId: number }
  | { outcome: 'text_missing' };

/** Opens an incident by hand, for what no rule sees; alerts of its cause join it. */
export async function openIncident(services: Services, request: OpenRequest): Promise<OpenOutcome> {
  const { severity, actor, now, cause = null } = request;
  const title = cleaned(request.title, 200);
  const reason = cleaned(request.reason);
  if (!title || !reason) return { outcome: 'text_missing' };
  const outcome = await inTransaction(services.db.pool, async (client): Promise<OpenOutcome> => {
    await lockOpening(client);
    const open = cause && (await lockOpenIncidentOf(client, cause));
    if (open) return { outcome: 'already_open', incidentId: open.id };
    const { rows } = await client.query<{ n: number }>(
      "SELECT count(*) + 1 AS n FROM incidents WHERE cause LIKE 'manual:%'",
    );
    const drill = await readOpenDrill(client);
    const incident = await insertIncident(
      client,
      { config: services.config, now },
      {
        cause: cause ?? `manual:${rows[0]!.n}`,
        title,
        severity,
        startedAt: now,
        openedBy: actor.name,
        drillId: drill?.id ?? null,
        reason,
      },
    );
    await recordAudit(client, {
      actor,
      action: 'incidents.opened',
      target: `incident ${incident.id}`,
      after: { severity, title, cause: incident.cause },
      reason,
      at: now,
    });
    return { outcome: 'opened', incidentId: incident.id };
  });
  services.changes.announce('alarm');
  services.changes.announce('work');
  return outcome;
}

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
