import type pg from 'pg';
import type { Config } from '../../lib/settings/config.ts';
import { type Severity, SEVERITY_MEANING } from '../../lib/severity.ts';
import { clockWords } from '../../lib/time-words.ts';
import { devicesFor } from '../notify/channels/push/devices.server.ts';
import { type Addressee, deviceAddressee, environmentAddressees, fanOut } from '../notify/recipient.ts';
import type { Message, MessageKind, QueuedMessage } from '../notify/message.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';
import type { IncidentRow } from './incident-row.server.ts';
import { type Lull, outageSince, partText } from './outage-clock.ts';

/** Somebody whom a step of the ladder told, and how. */
export interface ToldContact extends Addressee {
  contactId: number;
  name: string;
}

interface Context {
  config: Config;
  now: Date;
}

/**
 * Tells of a change of an incident: the environment's channels, every contact whom the ladder told before, over the channel that
 * told them, and the browsers that are woken for it.
 * @param incident as it is after the change; each version is told of once
 */
export async function tellIncident(
  client: pg.ClientBase,
  { config, now }: Context,
  incident: IncidentRow,
  told: { kind: MessageKind; sentence: string },
): Promise<void> {
  const contacts = await readToldContacts(client, incident.id);
  const about = aboutIncident(incident, incidentMessage(incident, told.kind, told.sentence, now));
  const key = `incident:${incident.id}:${told.kind}:${incident.version}`;
  await queueNotifications(
    client,
    fanOut({ ...about, key }, [
      ...environmentAddressees(config),
      ...contacts,
      ...(await devicesFor(client, { incidentId: incident.id, severity: incident.severity })).map(
        deviceAddressee,
      ),
    ]),
    now,
  );
}

/** What all messages of one incident share; they are one thread. */
export const aboutIncident = (
  { id, drillNotify }: Pick<IncidentRow, 'id' | 'drillNotify'>,
  message: Message,
): Pick<QueuedMessage, 'thread' | 'incidentId' | 'message' | 'drill'> => ({
  thread: `incident-${id}`,
  incidentId: id,
  message,
  drill: drillNotify,
});

/** Everybody whom the ladder of an incident has told, once each. */
async function readToldContacts(client: pg.ClientBase, incidentId: number): Promise<ToldContact[]> {
  const { rows } = await client.query<{ contacts: ToldContact[] }>(
    "SELECT contacts FROM escalations WHERE incident_id = $1 AND outcome = 'told' ORDER BY at, step_id",
    [incidentId],
  );
  const told = rows.flatMap(({ contacts }) => contacts);
  return [...new Map(told.map((contact) => [contact.contactId, contact])).values()];
}

/** What a message needs to know of its incident. */
export interface ToldIncident {
  id: number;
  title: string;
  severity: Severity;
  startedAt: Date;
  lulls: readonly Lull[];
  acknowledgedBy: string | null;
}

/** What calls somebody, as long as nobody is on it. */
const ASKS: ReadonlySet<MessageKind> = new Set<MessageKind>(['opened', 'raised', 'escalated', 'reopened']);

/**
 * What is said about an incident.
 * @param sentence what happened, in one or two sentences about customers and time
 */
export function incidentMessage(
  incident: ToldIncident,
  kind: MessageKind,
  sentence: string,
  now: Date,
): Message {
  const since = outageSince(incident);
  const part = partText(incident);
  return {
    kind,
    severity: incident.severity,
    title: incident.title,
    sentence,
    facts: [
      { label: 'Severity', value: `${incident.severity}, ${SEVERITY_MEANING[incident.severity]}` },
      {
        label: 'Since',
        value: `${since.toISOString().slice(0, 10)} ${clockWords(since)}${part ? ` (${part})` : ''}`,
      },
      { label: 'Acknowledged by', value: incident.acknowledgedBy ?? 'nobody yet' },
    ],
    link: `/incidents/${incident.id}`,
    at: now.toISOString(),
    ...(incident.acknowledgedBy === null && ASKS.has(kind) && { asks: true }),
  };
}
