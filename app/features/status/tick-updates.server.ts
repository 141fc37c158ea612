import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { clockWords } from '../../lib/time-words.ts';
import { SYSTEM } from '../audit/actor.ts';
import { holdersOf } from '../incidents/escalation/escalation-ladder.ts';
import { readLadderContacts } from '../incidents/escalation/read-ladder.server.ts';
import { type IncidentRow, isOpen, lockIncident } from '../incidents/incident-row.server.ts';
import { readRotations } from '../incidents/on-call/read-on-call.server.ts';
import { readOpenAmong } from '../incidents/read-incidents.server.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { aboutIncident, incidentMessage } from '../incidents/tell-incident.server.ts';
import { contactAddressee, environmentAddressees, fanOut } from '../notify/recipient.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';
import { CHANNEL_WORDS, TEAM_CHATS } from '../notify/channel.ts';
import { readStates } from '../notify/read-notifications.server.ts';
import { fillRecord, RESOLUTION } from './publish-update.server.ts';
import { updateKey } from './queue-update.server.ts';

/** Who answers for what customers are told. */
const ROLE_TOLD = 'Support Lead';

interface Row {
  id: number;
  incidentId: number;
  title: string;
  /** When the promised update, or the next reminder of an end, is due; null: nothing is to be reminded of. */
  dueAt: Date | null;
  remindedAt: Date | null;
  filled: string[];
  /** Updates that a chat of the team's was to be told of. */
  chats: number[];
  statuspage: number[];
  /** The update that told Statuspage of the end. */
  end: number | null;
}

/** While its incident is over here, a notice that is not is reminded of so often, ms. */
const AGAIN_MS = 3_600_000;

/** Notices of incidents in which something may be due: a reminder, or a step that another service's answer ticks off. */
const WATCHED = `
SELECT n.id, n.incident_id AS "incidentId", n.title, n.reminded_at AS "remindedAt",
  CASE WHEN n.resolved_at IS NULL AND NOT n.automatic THEN COALESCE(n.reminded_at + make_interval(secs => $2), n.next_due_at) END AS "dueAt",
  n.filled, COALESCE(array_agg(u.id) FILTER (WHERE u.channels && $3), '{}') AS chats,
  COALESCE(array_agg(u.id) FILTER (WHERE 'statuspage' = ANY(u.channels)), '{}') AS statuspage,
  max(u.id) FILTER (WHERE 'statuspage' = ANY(u.channels) AND u.state = 'resolved') AS end
FROM status_notices n JOIN status_updates u ON u.notice_id = n.id
WHERE n.incident_id IS NOT NULL AND (n.resolved_at IS NULL OR n.resolved_at > $1::timestamptz - interval '1 day')
GROUP BY n.id ORDER BY n.id`;

/** Reminds of an update that was promised and not written, and ticks off what the team's chats and Statuspage have taken. */
export async function tickUpdates(services: Services, now: Date): Promise<void> {
  const { pool } = services.db;
  const { rows } = await pool.query<Row>({
    name: 'status-watched',
    text: WATCHED,
    values: [now, AGAIN_MS / 1000, TEAM_CHATS],
  });
  const due = rows.filter(({ dueAt }) => dueAt !== null && dueAt <= now);
  // While an incident goes on, its promise is reminded of once.
  const open = await readOpenAmong(
    services,
    due.filter(({ remindedAt }) => remindedAt !== null).map(({ incidentId }) => incidentId),
  );
  for (const row of rows) {
    const isDue = due.includes(row) && (row.remindedAt === null || !open.has(row.incidentId));
    const did = await readTaken(pool, row);
    if (!isDue && Object.keys(did).length === 0) continue;
    await inTransaction(pool, async (client) => {
      const incident = await lockIncident(client, row.incidentId);
      if (!incident) return;
      if (isDue) await remind(client, services, { incident, row, now });
      await fillRecord(client, services.config, { incident, noticeId: row.id, did, actor: SYSTEM, now });
    });
    services.changes.announce('page');
    services.changes.announce('work');
  }
}

/** What was taken and is not ticked off yet, with when. */
async function readTaken(pool: pg.Pool, row: Row): Promise<Record<string, string>> {
  const wanted = [
    ...TEAM_CHATS.map((chat) => ({
      name: 'notice',
      keys: row.chats.map((id) => updateKey(id, chat)),
      who: CHANNEL_WORDS[chat],
    })),
    {
      name: 'own_status_page',
      keys: row.statuspage.map((id) => updateKey(id, 'statuspage')),
      who: 'Statuspage',
    },
    {
      name: RESOLUTION.page,
      keys: row.end === null ? [] : [updateKey(row.end, 'statuspage')],
      who: 'Statuspage',
    },
  ].filter(({ name, keys }) => keys.length > 0 && !row.filled.includes(name));
  if (wanted.length === 0) return {};
  const states = await readStates(
    pool,
    wanted.flatMap(({ keys }) => keys),
  );
  return Object.fromEntries(
    wanted.flatMap(({ name, keys, who }) => {
      const taken = keys.map((key) => states.get(key)).find((one) => one?.state === 'accepted');
      return taken ? [[name, `${who} took the update at ${clockWords(taken.finishedAt!)}`]] : [];
    }),
  );
}

/** Once for each promise: a later update makes a new one. What is over here and not in public is reminded of until it is. */
async function remind(
  client: pg.PoolClient,
  services: Services,
  { incident, row, now }: { incident: IncidentRow; row: Row; now: Date },
): Promise<void> {
  // It was reopened meanwhile.
  if (row.remindedAt !== null && isOpen(incident)) return;
  const { rowCount } = await client.query(
    `UPDATE status_notices SET reminded_at = $2
     WHERE id = $1 AND resolved_at IS NULL AND reminded_at IS NOT DISTINCT FROM $3
       AND ($3::timestamptz IS NOT NULL OR next_due_at = $4)`,
    [row.id, now, row.remindedAt, row.dueAt],
  );
  if (rowCount === 0) return;
  const what =
    incident.mergedInto === null ? 'was resolved' : `was merged into incident ${incident.mergedInto}`;
  const sentence = isOpen(incident)
    ? `Customers were promised to hear more by ${clockWords(row.dueAt!)}, and nothing was published since. A draft is ready.`
    : `Incident ${incident.id} ${what}, and customers are still told “${row.title}”. Publish its end, or what goes on.`;
  // A merged incident is read in the one where it goes on.
  const about = incident.mergedInto ?? incident.id;
  await recordTimeline(client, {
    incidentId: about,
    at: now,
    source: 'system',
    kind: 'update_due',
    text: sentence,
  });
  const message = {
    ...incidentMessage(incident, 'update_due', sentence, now),
    severity: 'warning' as const,
    link: `/incidents/${incident.id}/update`,
  };
  const { people } = holdersOf(
    ROLE_TOLD,
    await readLadderContacts(client, services.config),
    await readRotations(client, now),
    now,
  );
  await queueNotifications(
    client,
    fanOut(
      {
        ...aboutIncident({ id: about, drillNotify: incident.drillNotify }, message),
        key: `status-due:${row.id}:${row.dueAt!.getTime()}`,
      },
      [
        ...environmentAddressees(services.config),
        ...people.flatMap((contact) => contactAddressee(contact) ?? []),
      ],
    ),
    now,
  );
}
