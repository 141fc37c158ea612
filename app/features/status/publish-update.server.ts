import type pg from 'pg';
import { exactId } from '../../lib/chatwoot/chatwoot-values.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { storableJson, storableText } from '../../lib/storable.ts';
import type { Services } from '../../lib/services.server.ts';
import { clockWords } from '../../lib/time-words.ts';
import { cut, visibleText } from '../../lib/visible.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { lockMode } from '../fallback/read-fallback.server.ts';
import { sayOnInboxes } from '../fallback/steps/add-steps.server.ts';
import { recordGuideStep } from '../incidents/guide/change-guide-step.server.ts';
import { findStep, guideFor } from '../incidents/guide/guide.ts';
import { type IncidentRow, isOpen, lockIncident } from '../incidents/incident-row.server.ts';
import { outageSince } from '../incidents/outage-clock.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { environmentChats } from '../notify/channel.ts';
import { recordMark } from '../recovery/gate-marks.server.ts';
import { keepOutageTemplate } from '../tickets/templates.server.ts';
import { isOn } from './build-document.server.ts';
import { queueUpdate } from './queue-update.server.ts';
import { readPage } from './read-settings.server.ts';
import { isEnd, type PublicState, type UpdateState } from './status-document.ts';
import { canSubscribe, planMailing } from './subscribers/mailing.server.ts';

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
  /** Over which channels besides the status page, by their keys (update-channels.ts); those that do not exist are left out. */
  channels: readonly string[];
  /** When customers are promised to hear more; null: within half an hour. */
  nextAt: Date | null;
  actor: Actor;
  now: Date;
  /** In the world of a drill: it goes to the page there, which nobody serves, and nowhere else, and nothing is promised. */
  practised?: boolean;
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
        | 'not_resolved_yet'
        | NextProblem;
    };

/** Why nothing can be promised for a time. */
type NextProblem = 'next_wrong' | 'next_passed' | 'next_far';

/** The next update is promised within this time, and at most within the other, ms. */
export const NEXT_MS = 30 * 60_000;
const LONGEST_NEXT_MS = 4 * 3_600_000;

const PRACTISED = 'Published in the drill, where no customer reads it';

const INBOX = /^inbox\/([1-9]\d{0,14})$/;

/** Publishes what somebody wrote about an incident: the page shows it from then on, and it is on its way over the others. */
export async function publishUpdate(services: Services, request: UpdateRequest): Promise<PublishOutcome> {
  const { incidentId, seen, state, affects, actor, now, practised = false } = request;
  const { config } = services;
  const title = tidy(request.title, LONGEST.title).replaceAll(/\s+/g, ' ');
  const text = tidy(request.text, LONGEST.text);
  if (title === '' || text === '') return { outcome: 'text_missing' };
  if (Object.keys(affects).length === 0) return { outcome: 'nothing_affected' };
  const promised = isEnd(state) || practised ? null : promise(request);
  if (typeof promised === 'string') return { outcome: promised };
  const outcome = await inTransaction(services.db.pool, async (client): Promise<PublishOutcome> => {
    const isShown = isOn(config.STATUS_PAGE, (await readPage(client)).enabled);
    const channels = practised ? ['page', 'banner'] : chosenChannels(request, config, isShown);
    const inboxes = channels.flatMap((key) => exactId(INBOX.exec(key)?.[1]) ?? []);
    // In the order in which fallback mode locks them.
    if (inboxes.length > 0) await lockMode(client);
    const incident = await lockIncident(client, incidentId);
    if (!incident) return { outcome: 'not_found' };
    if ((incident.drillId !== null) !== practised) return { outcome: 'drill' };
    const before = await lockNotice(client, incidentId);
    if ((before?.newest ?? 0) !== seen) return { outcome: 'changed_meanwhile' };
    if (state === 'postmortem' && !before?.resolvedAt) return { outcome: 'not_resolved_yet' };
    // Something that was over and begins again is a notice of its own.
    const goesOn = before !== null && (before.resolvedAt === null || isEnd(state));
    const fields = [
      title,
      storableJson(affects),
      state === 'resolved' ? now : null,
      promised,
      channels.includes('banner'),
    ];
    const noticeId = goesOn
      ? await changeNotice(client, before.id, fields)
      : await insertNotice(client, { incident, fields, now });
    const update = { noticeId, state, text, author: actor.name, channels, now };
    const updateId = await insertUpdate(client, update);
    await queueUpdate(client, config, {
      ...{ updateId, incidentId, now },
      to: channels,
      before: goesOn ? Object.keys(before.components) : [],
    });
    if (channels.includes('subscribers')) await planMailing(client, config, { noticeId, updateId, now });
    if (channels.includes('template')) await keepOutageTemplate(client, { subject: title, text, actor, now });
    if (inboxes.length > 0) await sayOnInboxes(client, { inboxes, text, by: actor.name, now });
    await recordTimeline(client, {
      incidentId,
      at: now,
      source: 'person',
      kind: 'status_published',
      text: `${practised ? PRACTISED : isShown ? 'Told customers on the status page' : 'Kept for the status page, which is off'} (${state}): ${text}`,
      actor: actor.name,
    });
    if (isShown) {
      const did = `${practised ? PRACTISED : 'Published on the status page'} at ${clockWords(now)}`;
      const directs = text.includes(config.SUPPORT_FALLBACK_EMAIL) && { customers: did };
      const told = state === 'resolved' && { [RESOLUTION.page]: did, [RESOLUTION.customers]: did };
      await fillRecord(client, config, {
        ...{ incident, noticeId, actor, now },
        did: { own_status_page: did, ...directs, ...told },
      });
    }
    await recordAudit(client, {
      actor,
      action: 'status.published',
      target: `incident ${incidentId}`,
      after: { notice: noticeId, title, state, affects, text, channels },
      at: now,
    });
    return { outcome: 'published', noticeId };
  });
  services.changes.announce('page');
  services.changes.announce('work');
  return outcome;
}

/**
 * What was chosen and exists; the status page is always told, so that the others never say more than it. While it is off
 * nobody can choose its banner, which then comes with it.
 */
function chosenChannels(
  { channels, state }: UpdateRequest,
  config: Services['config'],
  isShown: boolean,
): string[] {
  const exists = (key: string) =>
    key === 'banner' ||
    key === 'template' ||
    // Of a page that is off nobody is told.
    (key === 'subscribers' && isShown && canSubscribe(config)) ||
    environmentChats(config).some((chat) => chat === key) ||
    (key === 'statuspage' && config.STATUSPAGE_API_KEY !== undefined && state !== 'postmortem') ||
    INBOX.test(key);
  const chosen = channels.filter(exists).slice(0, 100);
  return ['page', ...new Set(isShown ? chosen : ['banner', ...chosen])];
}

/** When more is promised: as it was chosen, which the text says too, so it is not moved in silence; else the runbook's half hour. */
function promise({ nextAt, now }: UpdateRequest): Date | NextProblem {
  if (nextAt === null) return new Date(now.getTime() + NEXT_MS);
  if (Number.isNaN(nextAt.getTime())) return 'next_wrong';
  if (nextAt <= now) return 'next_passed';
  return nextAt.getTime() - now.getTime() > LONGEST_NEXT_MS ? 'next_far' : nextAt;
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
     FROM status_notices n WHERE n.incident_id = $1 ORDER BY n.resolved_at IS NULL DESC, n.id DESC LIMIT 1 FOR UPDATE OF n`,
    [incidentId],
  );
  return rows[0] ?? null;
}

async function changeNotice(client: pg.PoolClient, id: number, fields: unknown[]): Promise<number> {
  await client.query(
    `UPDATE status_notices SET title = $2, components = $3, resolved_at = COALESCE(resolved_at, $4), automatic = false,
       next_due_at = $5, banner = $6, reminded_at = NULL WHERE id = $1`,
    [id, ...fields],
  );
  return id;
}

async function insertNotice(
  client: pg.PoolClient,
  { incident, fields, now }: { incident: IncidentRow; fields: unknown[]; now: Date },
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO status_notices (kind, title, components, resolved_at, next_due_at, banner, incident_id, began_at, created_at)
     VALUES ('incident', $1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
    [...fields, incident.id, outageSince(incident), now],
  );
  return rows[0]!.id;
}

/** Adds a text to a notice. @returns its number */
export async function insertUpdate(
  client: pg.PoolClient,
  update: { noticeId: number; state: string; text: string; author: string; channels?: string[]; now: Date },
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    'INSERT INTO status_updates (notice_id, state, text, author, at, channels) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id',
    [update.noticeId, update.state, update.text, update.author, update.now, update.channels ?? []],
  );
  return rows[0]!.id;
}

/** Items of the recovery's checklist that telling customers of the end fills, by what `filled` calls them. */
export const RESOLUTION = { page: 'told:status_page', customers: 'told:customers' } as const;

/**
 * Ticks off what publishing has done: steps of the incident's guide, and who was told of its end. Each once for a notice:
 * what a person takes back stays so. The incident is locked.
 * @param did evidence by name: of a step without its guide, e.g. `notice`, or one of {@link RESOLUTION}
 */
export async function fillRecord(
  client: pg.PoolClient,
  config: Services['config'],
  {
    incident,
    noticeId,
    did,
    actor,
    now,
  }: { incident: IncidentRow; noticeId: number; did: Record<string, string>; actor: Actor; now: Date },
): Promise<void> {
  const { rows } = await client.query<{ filled: string[] }>(
    'SELECT filled FROM status_notices WHERE id = $1 FOR UPDATE',
    [noticeId],
  );
  const names = Object.keys(did).filter((name) => !rows[0]!.filled.includes(name));
  if (names.length === 0) return;
  await client.query('UPDATE status_notices SET filled = filled || $2::text[] WHERE id = $1', [
    noticeId,
    names,
  ]);
  const keys = guideFor(incident.cause).flatMap(({ steps }) => steps.map(({ key }) => key));
  for (const name of names) {
    const evidence = did[name]!;
    if (name.startsWith('told:')) {
      const item = name.slice('told:'.length);
      await recordMark(client, {
        ...{ gate: 'recovery', incidentId: incident.id, item, done: true, note: evidence, actor, now },
      });
      continue;
    }
    if (!isOpen(incident)) continue;
    for (const key of keys.filter((known) => known.endsWith(`.${name}`))) {
      const step = findStep(incident.cause, key, config.CHATWOOT_HOSTING);
      if (step && !step.check)
        await recordGuideStep(client, {
          ...{ incidentId: incident.id, step: step.key, title: step.title, evidence, actor, now },
          state: 'done',
        });
    }
  }
}
