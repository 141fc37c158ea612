import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { storableJson, storableText } from '../../lib/storable.ts';
import { cut, visibleText } from '../../lib/visible.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { findStep } from '../incidents/guide/guide.ts';
import { recordGuideStep } from '../incidents/guide/change-guide-step.server.ts';
import { type IncidentRow, isOpen, lockIncident } from '../incidents/incident-row.server.ts';
import { outageSince } from '../incidents/outage-clock.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { queueForStatuspage } from './queue-update.server.ts';
import { type NoticeRow, parseAffects } from './read-notices.server.ts';
import type { PublicState, UpdateState } from './status-document.ts';

/** Longest title and text, UTF-16 units. */
export const LONGEST = { title: 120, text: 2000, about: 200 };

/** A text of somebody's, as it is kept: what acts instead of showing is spelled out. */
export const tidy = (text: string, most: number): string =>
  storableText(cut(visibleText(text.replaceAll('\r\n', '\n')).trim(), most));

export interface UpdateRequest {
  incidentId: number;
  /** The newest update that its author saw; 0: none. */
  seen: number;
  title: string;
  state: UpdateState;
  text: string;
  /** How each component is, by its number; those that are not in it are not affected. */
  affects: Record<string, PublicState>;
  actor: Actor;
  now: Date;
}

export type PublishOutcome =
  | { outcome: 'published'; noticeId: number }
  | {
      outcome:
        | 'not_found'
        | 'drill'
        | 'text_missing'
        | 'nothing_affected'
        | 'changed_meanwhile'
        | 'not_resolved_yet';
    };

/** Steps of the runbook that publishing does. */
const STEPS = ['chatwoot.own_status_page', 'chatwoot.customers'];

/** Publishes what somebody wrote about an incident: the page shows it from then on. */
export async function publishUpdate(services: Services, request: UpdateRequest): Promise<PublishOutcome> {
  const { incidentId, seen, state, affects, actor, now } = request;
  const title = tidy(request.title, LONGEST.title).replaceAll(/\s+/g, ' ');
  const text = tidy(request.text, LONGEST.text);
  if (title === '' || text === '') return { outcome: 'text_missing' };
  if (Object.keys(affects).length === 0) return { outcome: 'nothing_affected' };
  const outcome = await inTransaction(services.db.pool, async (client): Promise<PublishOutcome> => {
    const incident = await lockIncident(client, incidentId);
    if (!incident) return { outcome: 'not_found' };
    if (incident.drillId !== null) return { outcome: 'drill' };
    const before = await lockNotice(client, incidentId);
    if ((before?.newest ?? 0) !== seen) return { outcome: 'changed_meanwhile' };
    if (state === 'postmortem' && before?.resolvedAt === null) return { outcome: 'not_resolved_yet' };
    // Something that was over and begins again is a notice of its own.
    const goesOn = before !== null && (before.resolvedAt === null || state === 'postmortem');
    const fields = [title, storableJson(affects), state === 'resolved' ? now : null];
    const noticeId = goesOn
      ? await changeNotice(client, before.id, fields)
      : await insertNotice(client, { incident, fields, now });
    const updateId = await insertUpdate(client, { noticeId, state, text, author: actor.name, now });
    await queueForStatuspage(client, services.config, {
      ...{ updateId, incidentId, now },
      before: goesOn ? Object.keys(before.components) : [],
    });
    await recordTimeline(client, {
      incidentId,
      at: now,
      source: 'person',
      kind: 'status_published',
      text: `Told customers on the status page (${state}): ${text}`,
      actor: actor.name,
    });
    if (before === null) await fillSteps(client, services, { incident, actor, now });
    await recordAudit(client, {
      actor,
      action: 'status.published',
      target: `incident ${incidentId}`,
      after: { notice: noticeId, title, state, affects, text },
      at: now,
    });
    return { outcome: 'published', noticeId };
  });
  services.changes.announce('page');
  services.changes.announce('work');
  return outcome;
}

/** The runbook's steps that the first update of an incident was: done, with what was done as evidence. */
async function fillSteps(
  client: pg.PoolClient,
  { config }: Services,
  { incident, actor, now }: { incident: IncidentRow; actor: Actor; now: Date },
): Promise<void> {
  if (!isOpen(incident)) return;
  for (const name of STEPS) {
    const step = findStep(incident.cause, name, config.CHATWOOT_HOSTING);
    if (step && !step.check)
      await recordGuideStep(client, {
        incidentId: incident.id,
        step: step.key,
        title: step.title,
        state: 'done',
        evidence: 'Published on the status page',
        ...{ actor, now },
      });
  }
}

interface LockedNotice {
  id: number;
  components: object;
  resolvedAt: Date | null;
  newest: number;
}

/** The newest notice of an incident; the incident is locked already. */
async function lockNotice(client: pg.PoolClient, incidentId: number): Promise<LockedNotice | null> {
  const { rows } = await client.query<LockedNotice>(
    `SELECT n.id, n.components, n.resolved_at AS "resolvedAt", COALESCE((SELECT max(id) FROM status_updates WHERE notice_id = n.id), 0) AS newest
     FROM status_notices n WHERE n.incident_id = $1 ORDER BY n.id DESC LIMIT 1 FOR UPDATE OF n`,
    [incidentId],
  );
  return rows[0] ?? null;
}

async function changeNotice(client: pg.PoolClient, id: number, fields: unknown[]): Promise<number> {
  await client.query(
    `UPDATE status_notices SET title = $2, components = $3, resolved_at = COALESCE(resolved_at, $4), automatic = false WHERE id = $1`,
    [id, ...fields],
  );
  return id;
}

async function insertNotice(
  client: pg.PoolClient,
  { incident, fields, now }: { incident: IncidentRow; fields: unknown[]; now: Date },
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO status_notices (kind, title, components, resolved_at, incident_id, began_at, created_at)
     VALUES ('incident', $1, $2, $3, $4, $5, $6) RETURNING id`,
    [...fields, incident.id, outageSince(incident), now],
  );
  return rows[0]!.id;
}

/** Adds a text to a notice. @returns its number */
export async function insertUpdate(
  client: pg.PoolClient,
  update: { noticeId: number; state: string; text: string; author: string; now: Date },
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    'INSERT INTO status_updates (notice_id, state, text, author, at) VALUES ($1, $2, $3, $4, $5) RETURNING id',
    [update.noticeId, update.state, update.text, update.author, update.now],
  );
  return rows[0]!.id;
}

/** The newest notice of an incident, for its form; null: nothing was published. */
export async function readNoticeOf(
  db: pg.Pool,
  incidentId: number,
): Promise<(Pick<NoticeRow, 'id' | 'title' | 'affects' | 'updates'> & { resolved: boolean }) | null> {
  const { rows } = await db.query<{
    id: number;
    title: string;
    components: unknown;
    resolved: boolean;
    updates: NoticeRow['updates'];
  }>(
    `SELECT n.id, n.title, n.components, n.resolved_at IS NOT NULL AS resolved, COALESCE((
       SELECT json_agg(json_build_object('id', u.id, 'state', u.state, 'text', u.text, 'at', u.at) ORDER BY u.at DESC, u.id DESC)
       FROM status_updates u WHERE u.notice_id = n.id), '[]') AS updates
     FROM status_notices n WHERE n.incident_id = $1 ORDER BY n.id DESC LIMIT 1`,
    [incidentId],
  );
  const [row] = rows;
  if (!row) return null;
  const { components, ...notice } = row;
  return { ...notice, affects: parseAffects(components) };
}
