import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import type { Severity } from '../notify/severity.ts';
import { cleaned } from './change-incident.server.ts';
import { lockOpenIncidentOf } from './incident-row.server.ts';
import { insertIncident } from './insert-incident.server.ts';
import { lockOpening } from './lock-opening.server.ts';
import { readOpenDrill } from './open-drill.server.ts';

/** What a person may say it is about, so that the right guide and ladder apply; null: something else. */
export type ManualCause = 'chatwoot' | 'delivery' | 'intake' | null;

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
  services.changes.announce('page');
  services.changes.announce('work');
  return outcome;
}
