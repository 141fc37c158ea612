import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { changeReport, type ReportRefusal, type ReportRequest } from './change-report.server.ts';
import { differing, EMPTY_CONTENT, mergeContent, readContent, type ReportContent } from './report-content.ts';

export type SaveOutcome =
  | { outcome: 'saved'; version: number }
  | { outcome: 'unchanged'; version: number }
  /** Somebody else saved first: what was sent is kept beside, under this number. */
  | { outcome: 'kept_beside'; aside: number; by: string | null }
  | ReportRefusal;

/**
 * Saves what people write, as a new version. Two who edit different sections both get what they wrote. Of two editors of
 * one section the first one wins; what the other one wrote is kept beside, so that nothing typed is lost.
 * @param request.version the version that the editor started from; 0: nothing was written yet
 * @param request.content the sections that were edited
 */
export function saveDraft(
  services: Services,
  request: ReportRequest & { version: number; content: Partial<ReportContent> },
): Promise<SaveOutcome> {
  const { incidentId, actor, now, version } = request;
  return changeReport<Exclude<SaveOutcome, ReportRefusal>>(services, request, async (client, report) => {
    const current = report.content;
    const base = version === report.version ? current : await readBase(client, incidentId, version);
    const { content, clash } = mergeContent(base ?? EMPTY_CONTENT, current, request.content);
    const sections = differing(current, content);
    if (sections.length === 0) return { outcome: 'unchanged', version: report.version };
    if (clash || !base) {
      const aside = await keepBeside(client, { ...request, content });
      return { outcome: 'kept_beside', aside, by: report.updatedBy };
    }
    const next = report.version + 1;
    await client.query(
      `INSERT INTO incident_reports (incident_id, content, version, created_at, updated_at, updated_by)
       VALUES ($1, $2, $3, $4, $4, $5)
       ON CONFLICT (incident_id) DO UPDATE SET content = excluded.content, version = excluded.version,
         updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
      [incidentId, content, next, now, actor.name],
    );
    await client.query(
      'INSERT INTO incident_report_versions (incident_id, version, at, by, content) VALUES ($1, $2, $3, $4, $5)',
      [incidentId, next, now, actor.name, content],
    );
    await recordAudit(client, {
      actor,
      action: 'report.saved',
      target: `report of incident ${incidentId}`,
      before: { version: report.version },
      // What was written stands in the version; it may name customers.
      after: { version: next, sections },
      at: now,
    });
    return { outcome: 'saved', version: next };
  });
}

/** What an editor began with; null: there is no such version. */
async function readBase(
  client: pg.PoolClient,
  incidentId: number,
  version: number,
): Promise<ReportContent | null> {
  if (version === 0) return EMPTY_CONTENT;
  const { rows } = await client.query<{ content: unknown }>(
    'SELECT content FROM incident_report_versions WHERE incident_id = $1 AND version = $2',
    [incidentId, version],
  );
  return rows[0] ? readContent(rows[0].content) : null;
}

async function keepBeside(
  client: pg.PoolClient,
  { incidentId, actor, now, version, content }: ReportRequest & { version: number; content: ReportContent },
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO incident_report_asides (incident_id, base_version, at, by, content)
     VALUES ($1, $2, $3, $4, $5) RETURNING id`,
    [incidentId, version, now, actor.name, content],
  );
  const aside = rows[0]!.id;
  await recordAudit(client, {
    actor,
    action: 'report.kept_beside',
    target: `report of incident ${incidentId}`,
    after: { aside, baseVersion: version },
    at: now,
  });
  return aside;
}

export type SettleOutcome = { outcome: 'settled' } | { outcome: 'no_such_aside' } | ReportRefusal;

/** A text that was kept beside has been brought in, or is not needed: it is shown no more, and stays on record. */
export function settleAside(
  services: Services,
  request: ReportRequest & { aside: number },
): Promise<SettleOutcome> {
  const { incidentId, aside, actor, now } = request;
  return changeReport<Exclude<SettleOutcome, ReportRefusal>>(
    services,
    { ...request, signedToo: true },
    async (client) => {
      const { rowCount } = await client.query(
        `UPDATE incident_report_asides SET settled_at = $3, settled_by = $4
         WHERE id = $1 AND incident_id = $2 AND settled_at IS NULL`,
        [aside, incidentId, now, actor.name],
      );
      if (rowCount !== 1) return { outcome: 'no_such_aside' };
      await recordAudit(client, {
        actor,
        action: 'report.aside_settled',
        target: `report of incident ${incidentId}`,
        after: { aside },
        at: now,
      });
      return { outcome: 'settled' };
    },
  );
}
