import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Services } from '../../lib/services.server.ts';
import { SYSTEM } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { causeOf, type IncidentRow, isOpen, lockIncident } from '../incidents/incident-row.server.ts';
import { outageSince } from '../incidents/outage-clock.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { isOn } from './build-document.server.ts';
import { insertUpdate } from './publish-update.server.ts';
import { channelsByItself, queueUpdate } from './queue-update.server.ts';
import { type ComponentRow, readPage, readStatusComponents } from './read-settings.server.ts';
import type { PublicState } from './status-document.ts';
import { timesIn, wordsIn } from './status-words.ts';
import { planMailing } from './subscribers/mailing.server.ts';

const MINUTE_MS = 60_000;

/**
 * Publishes what may be published by itself: an outage that has been confirmed for as long as its component says, its recovery, and
 * its end. What a person has written about goes on by hand.
 */
export async function tickStatus(services: Services, now: Date): Promise<void> {
  if (services.config.STATUS_PAGE === 'off') return;
  const { pool } = services.db;
  const [components, incidents, automatic] = await Promise.all([
    readStatusComponents(pool),
    currentIncidents(services),
    readAutomatic(pool),
  ]);
  const allowed = components.filter(({ autoPublishMinutes }) => autoPublishMinutes !== null);
  const due = incidents.filter(
    (incident) =>
      !incident.drill &&
      incident.recoveredAt === null &&
      allowed.some((component) => isDue(component, incident, now)),
  );
  if (due.length === 0 && automatic.length === 0) return;
  const ids = new Set([...due.map(({ id }) => id), ...automatic]);
  let published = false;
  for (const id of ids) {
    const done = await inTransaction(pool, (client) => publishItself(client, services, { id, allowed, now }));
    const changed =
      typeof done === 'object'
        ? await inTransaction(pool, (client) => passOn(client, services, { ...done, id, now }))
        : done;
    if (changed) published = true;
  }
  if (!published) return;
  services.changes.announce('page');
  services.changes.announce('work');
}

const isDue = (
  { health, autoPublishMinutes }: ComponentRow,
  { cause, openedAt }: { cause: string; openedAt: string | Date },
  now: Date,
): boolean =>
  health.some((part) => causeOf(part) === cause) &&
  now.getTime() - new Date(openedAt).getTime() >= (autoPublishMinutes ?? Infinity) * MINUTE_MS;

/** Incidents with a notice that goes on by itself. */
async function readAutomatic(pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>({
    name: 'status-automatic',
    text: 'SELECT incident_id AS id FROM status_notices WHERE automatic AND resolved_at IS NULL AND incident_id IS NOT NULL',
  });
  return rows.map(({ id }) => id);
}

interface Own {
  id: number;
  automatic: boolean;
  over: boolean;
  said: string | null;
  /** Of the components that it names, also those that were removed since; null: none. */
  names: string | null;
}

/** @returns whether anything was published; where it goes on, when it was merged */
async function publishItself(
  client: pg.PoolClient,
  { config }: Services,
  { id, allowed, now }: { id: number; allowed: readonly ComponentRow[]; now: Date },
): Promise<boolean | { into: number }> {
  // The lock on the incident makes it once in the cluster.
  const incident = await lockIncident(client, id);
  if (!incident || incident.drillId !== null) return false;
  const { rows } = await client.query<Own>(
    `SELECT n.id, n.automatic, n.resolved_at IS NOT NULL AS over,
       (SELECT state FROM status_updates WHERE notice_id = n.id ORDER BY at DESC, id DESC LIMIT 1) AS said,
       (SELECT string_agg(name, ', ' ORDER BY position, id) FROM status_components WHERE n.components ? id::text) AS names
     FROM status_notices n WHERE n.incident_id = $1 ORDER BY n.resolved_at IS NULL DESC, n.id DESC LIMIT 1`,
    [id],
  );
  const [newest] = rows;
  // A person has written about it: it goes on by hand.
  if (newest?.automatic === false) return false;
  // What was over and was opened again is a notice of its own.
  const own = newest && !newest.over ? newest : null;
  if (incident.status === 'merged') return own !== null && { into: incident.mergedInto! };
  // What comes and goes is said once, and then how it is once it is steady: not each change.
  const unsteady = isOpen(incident) && incident.flappingToldAt !== null;
  const wanted = !isOpen(incident)
    ? 'resolved'
    : incident.recoveredAt && !unsteady
      ? 'monitoring'
      : 'investigating';
  const parts = allowed.filter((component) => isDue(component, incident, now));
  if (own?.said === wanted || (!own && (wanted !== 'investigating' || parts.length === 0))) return false;
  const { enabled, language } = await readPage(client);
  if (config.STATUS_PAGE !== 'on' && !enabled) return false;
  const words = wordsIn(language).auto;
  const { time } = timesIn(language);
  const name = own?.names ?? parts.map((part) => part.name).join(', ');
  const noticeId =
    own?.id ?? (await insertAutomatic(client, { incident, parts, title: words.title(name), now }));
  const email = config.SUPPORT_FALLBACK_EMAIL;
  const text = {
    investigating: () =>
      unsteady
        ? words.unsteady(name, time(incident.startedAt.toISOString()), email)
        : words.investigating(name, time(outageSince(incident).toISOString()), email),
    monitoring: () => words.monitoring(name, time(incident.recoveredAt!.toISOString())),
    resolved: () =>
      words.resolved(name, time((incident.recoveredAt ?? incident.resolvedAt ?? now).toISOString())),
  }[wanted]();
  const updateId = await insertUpdate(client, {
    ...{ noticeId, text, now },
    state: wanted,
    author: SYSTEM.name,
    channels: channelsByItself(config),
  });
  if (wanted === 'resolved')
    await client.query('UPDATE status_notices SET resolved_at = $2 WHERE id = $1', [noticeId, now]);
  // What works again and is watched is said neither not to work nor to be all right.
  else await restate(client, noticeId, wanted === 'monitoring' ? 'degraded_performance' : 'major_outage');
  await queueUpdate(client, config, { updateId, incidentId: id, to: ['statuspage'], now });
  await planMailing(client, config, { noticeId, updateId, now });
  await recordTimeline(client, {
    incidentId: id,
    at: now,
    source: 'system',
    kind: 'status_published',
    text: `Published by itself on the status page (${wanted}): ${text}`,
  });
  await recordAudit(client, {
    actor: SYSTEM,
    action: 'status.published',
    target: `incident ${id}`,
    after: { notice: noticeId, state: wanted, text },
    at: now,
  });
  return true;
}

/** How all components of a notice are from now on. */
async function restate(client: pg.PoolClient, noticeId: number, state: PublicState): Promise<void> {
  await client.query(
    `UPDATE status_notices SET components = COALESCE(
       (SELECT jsonb_object_agg(key, $2::text) FROM jsonb_object_keys(components) AS key), '{}') WHERE id = $1`,
    [noticeId, state],
  );
}

async function insertAutomatic(
  client: pg.PoolClient,
  {
    incident,
    parts,
    title,
    now,
  }: { incident: IncidentRow; parts: readonly ComponentRow[]; title: string; now: Date },
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO status_notices (kind, title, components, incident_id, automatic, began_at, created_at)
     VALUES ('incident', $1, $2, $3, true, $4, $5) RETURNING id`,
    [
      title,
      storableJson(Object.fromEntries(parts.map((part) => [part.id, 'major_outage']))),
      incident.id,
      outageSince(incident),
      now,
    ],
  );
  return rows[0]!.id;
}

/** Removes notices that were over before the time after which facts go. @returns how many */
export async function removeOldNotices(
  pool: pg.Pool,
  { retentionDays, now }: { retentionDays: number; now: Date },
): Promise<number> {
  if (retentionDays === 0) return 0;
  const { rowCount } = await pool.query(
    `DELETE FROM status_notices WHERE COALESCE(resolved_at, ends_at) < $1::timestamptz - make_interval(days => $2)`,
    [now, retentionDays],
  );
  return rowCount ?? 0;
}

interface OpenNotice {
  id: number;
  incidentId: number | null;
  components: object;
}

/**
 * An incident was merged: its notice goes on as that of the other. When that has one, this one ends and the other names its
 * components too, so that they stay what they are until the other is over.
 * @param id of the incident that was merged
 * @returns whether anything changed: a drill takes none over, and then it goes on by hand where it is
 */
async function passOn(
  client: pg.PoolClient,
  { config }: Services,
  { id, into, now }: { id: number; into: number; now: Date },
): Promise<boolean> {
  // As merging locks them.
  const locked = [];
  for (const one of [id, into].sort((a, b) => a - b)) locked.push(await lockIncident(client, one));
  if (locked.some((incident) => incident === null || incident.drillId !== null)) return false;
  const { rows } = await client.query<OpenNotice>(
    `SELECT id, incident_id AS "incidentId", components FROM status_notices
     WHERE incident_id = ANY($1) AND resolved_at IS NULL FOR UPDATE`,
    [[id, into]],
  );
  const [from, to] = [id, into].map((one) => rows.find(({ incidentId }) => incidentId === one));
  if (!from) return false;
  if (!to) {
    await client.query('UPDATE status_notices SET incident_id = $2 WHERE id = $1', [from.id, into]);
    return true;
  }
  await client.query('UPDATE status_notices SET components = $2 || components WHERE id = $1', [
    to.id,
    storableJson(from.components),
  ]);
  await client.query('UPDATE status_notices SET resolved_at = $2 WHERE id = $1', [from.id, now]);
  const page = await readPage(client);
  const updateId = await insertUpdate(client, {
    ...{ noticeId: from.id, now },
    text: wordsIn(page.language).auto.merged,
    state: 'resolved',
    author: SYSTEM.name,
    channels: channelsByItself(config),
  });
  if (isOn(config.STATUS_PAGE, page.enabled))
    await planMailing(client, config, { noticeId: from.id, updateId, now });
  await queueUpdate(client, config, { updateId, incidentId: id, components: [], to: ['statuspage'], now });
  return true;
}
