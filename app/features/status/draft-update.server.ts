import { inTransaction } from '../../lib/database/transaction.server.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { causeOf, lockIncident } from '../incidents/incident-row.server.ts';
import type { IncidentSummary } from '../incidents/incident-view.ts';
import { outageSince } from '../incidents/outage-clock.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { rewordUnsent } from '../notify/queue-notifications.server.ts';
import { LONGEST, NEXT_MS, tidy } from './publish-update.server.ts';
import { queueUpdate, updateKey } from './queue-update.server.ts';
import type { Draft, Language, PublicState } from './status-document.ts';
import { timesIn, wordsIn } from './status-words.ts';

/**
 * A ready draft from the facts: what, since when, what customers can do, and when they hear more.
 * @param incident its title is for colleagues and is not in it
 */
export function draftUpdate(
  incident: Pick<IncidentSummary, 'cause' | 'status' | 'startedAt' | 'recoveredAt' | 'resolvedAt' | 'lulls'>,
  {
    components,
    notice,
    language,
    email,
    now,
  }: {
    components: readonly { id: number; name: string; health: readonly string[] }[];
    /** What was published of it; null: nothing. */
    notice: { title: string; affects: Record<string, PublicState> } | null;
    language: Language;
    email: string;
    now: Date;
  },
): Draft {
  const words = wordsIn(language).auto;
  const { time } = timesIn(language);
  const tied = components.filter(({ health }) => health.some((part) => causeOf(part) === incident.cause));
  const affected = tied.length > 0 ? tied : components.slice(0, 1);
  const name = affected.map((component) => component.name).join(', ');
  const merged = incident.status === 'merged';
  const state =
    merged || incident.status === 'resolved'
      ? 'resolved'
      : incident.recoveredAt
        ? 'monitoring'
        : 'investigating';
  const until = words.next(time(new Date(now.getTime() + NEXT_MS).toISOString()));
  const again = time(incident.recoveredAt ?? incident.resolvedAt ?? now.toISOString());
  const text = {
    investigating: () =>
      `${words.investigating(name, time(outageSince(incident).toISOString()), email)} ${until}`,
    monitoring: () => `${words.monitoring(name, again)} ${until}`,
    resolved: () => (merged ? words.merged : words.resolved(name, again)),
  }[state]();
  const ids = notice ? Object.keys(notice.affects) : affected.map(({ id }) => String(id));
  return {
    title: notice?.title ?? words.title(name),
    state,
    text,
    // What works again and is watched is said neither not to work nor to be all right.
    affects:
      notice && state !== 'monitoring'
        ? notice.affects
        : Object.fromEntries(
            ids.map((id) => [id, state === 'monitoring' ? 'degraded_performance' : 'major_outage'] as const),
          ),
  };
}

export interface Replacement {
  incidentId: number;
  updateId: number;
  /** What its author saw and replaces: another one was written meanwhile when it is not that any more. */
  was: string;
  text: string;
  actor: Actor;
  now: Date;
}

export type ReplaceOutcome = 'replaced' | 'not_found' | 'text_missing' | 'changed_meanwhile';

/** So many earlier texts of one update are kept, the newest. */
const KEPT = 50;

/**
 * Replaces a published text: on the page, in its feeds and, when it went there, at Statuspage. Nobody is written to again: what
 * subscribers, chats and inboxes were told stays as they were told it. What it was is kept.
 */
export async function replaceText(services: Services, request: Replacement): Promise<ReplaceOutcome> {
  const { incidentId, updateId, was, actor, now } = request;
  const text = tidy(request.text, LONGEST.text);
  if (text === '') return 'text_missing';
  const outcome = await inTransaction(services.db.pool, async (client): Promise<ReplaceOutcome> => {
    if (!(await lockIncident(client, incidentId))) return 'not_found';
    const { rows } = await client.query<{
      text: string;
      channels: string[];
      earlier: { text: string }[];
    }>(
      `SELECT u.text, u.channels, u.earlier FROM status_updates u JOIN status_notices n ON n.id = u.notice_id
       WHERE u.id = $1 AND n.incident_id = $2 FOR UPDATE OF u`,
      [updateId, incidentId],
    );
    const [before] = rows;
    if (!before) return 'not_found';
    if (before.text !== tidy(was, LONGEST.text)) return 'changed_meanwhile';
    if (before.text === text) return 'replaced';
    await client.query(
      `UPDATE status_updates SET text = $2, replaced_at = $3,
         earlier = CASE WHEN jsonb_array_length(earlier) >= ${KEPT} THEN earlier - 0 ELSE earlier END || $4::jsonb
       WHERE id = $1`,
      [updateId, text, now, storableJson([{ text: before.text, until: now, by: actor.name }])],
    );
    const isThere =
      before.channels.includes('statuspage') &&
      !(await rewordUnsent(client, updateKey(updateId, 'statuspage'), text));
    if (isThere)
      await queueUpdate(client, services.config, {
        ...{ updateId, incidentId, now, to: ['statuspage'] },
        // One that was replaced before, and did not get there, leaves an earlier one there.
        replaces: [before.text, ...before.earlier.map((one) => one.text).reverse()].filter(
          (one) => one !== text,
        ),
      });
    await recordTimeline(client, {
      incidentId,
      at: now,
      source: 'person',
      kind: 'status_replaced',
      text: `Replaced a text for customers. It was: ${before.text} It is: ${text}`,
      actor: actor.name,
    });
    await recordAudit(client, {
      actor,
      action: 'status.replaced',
      target: `incident ${incidentId}`,
      before: { update: updateId, text: before.text },
      after: { update: updateId, text },
      at: now,
    });
    return 'replaced';
  });
  if (outcome === 'replaced') {
    services.changes.announce('page');
    services.changes.announce('work');
  }
  return outcome;
}
