import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { environmentChats, isChat } from '../notify/channel.ts';
import type { Message } from '../notify/message.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';
import { parseAffects } from './read-notices.server.ts';
import { canSubscribe } from './subscribers/mailing.server.ts';
import { teamMessage } from './update-channels.ts';

interface Update {
  noticeId: number;
  createdAt: Date;
  title: string;
  components: unknown;
  state: string;
  text: string;
  names: Record<string, string>;
}

/** An update with its notice, and what the components are called. */
const UPDATE = `
SELECT n.id AS "noticeId", n.created_at AS "createdAt", n.title, n.components, u.state, u.text,
  (SELECT COALESCE(json_object_agg(id, name), '{}') FROM status_components) AS names
FROM status_updates u JOIN status_notices n ON n.id = u.notice_id WHERE u.id = $1`;

/** Where what is published by itself goes. */
export const channelsByItself = (config: Services['config']): string[] => [
  'page',
  'banner',
  ...(config.STATUSPAGE_API_KEY === undefined ? [] : ['statuspage']),
  ...(canSubscribe(config) ? ['subscribers'] : []),
];

/** What an update is called in the outbox, over one channel. */
export const updateKey = (updateId: number, kind: string): string => `status:${updateId}:${kind}`;

/** What the replacement of its text is called there. @param at when it was replaced */
export const replacementKey = (updateId: number, at: Date): string =>
  `${updateKey(updateId, 'statuspage')}:${at.getTime()}`;

/**
 * Puts an update into the outbox, in the transaction that publishes it: for the team's page at Statuspage, where there is one,
 * and for the team's chats. Looking back is written at Statuspage by hand: its API has it apart.
 * @param to over which channels
 * @param before components that the update before it named: what is not affected any more is said to work there
 * @param components left out: as the notice has them
 * @param replaces texts of which one stands there and is to be this update's, likeliest first; nobody is told again
 */
export async function queueUpdate(
  client: pg.PoolClient,
  config: Services['config'],
  {
    updateId,
    incidentId,
    now,
    to,
    before = [],
    components,
    replaces,
  }: {
    updateId: number;
    incidentId: number;
    now: Date;
    to: readonly string[];
    before?: readonly string[];
    components?: [];
    replaces?: string[];
  },
): Promise<void> {
  const statuspage = config.STATUSPAGE_API_KEY === undefined ? [] : (['statuspage'] as const);
  const kinds = [...environmentChats(config), ...statuspage].filter((kind) => to.includes(kind));
  if (kinds.length === 0) return;
  const { rows } = await client.query<Update>(UPDATE, [updateId]);
  const update = rows[0]!;
  const affects = parseAffects(update.components);
  const over = update.state === 'resolved';
  const named = (ids: readonly string[]) =>
    ids.flatMap((id) => (update.names[id] === undefined ? [] : [{ id, name: update.names[id] }]));
  const listed = named([...new Set([...before, ...Object.keys(affects)])]).flatMap(({ id, name }) => {
    const state = over ? 'operational' : (affects[id] ?? 'operational');
    return state === 'unknown' ? [] : [{ name, state }];
  });
  const affected = named(Object.keys(affects)).map(({ name }) => name);
  const message = teamMessage({ ...update, affected }, { incidentId, now });
  const published = {
    // The number alone begins anew with another database.
    notice: `${update.noticeId} of ${update.createdAt.toISOString()}`,
    ...{ state: update.state, text: update.text },
  };
  const toStatuspage: Message = {
    ...message,
    ...(replaces === undefined
      ? { update: { ...published, components: components ?? listed } }
      : { replacement: { ...published, replaces } }),
  };
  await queueNotifications(
    client,
    kinds
      .filter((kind) => isChat(kind) || update.state !== 'postmortem')
      .map((kind) => ({
        dedupeKey: replaces === undefined ? updateKey(updateId, kind) : replacementKey(updateId, now),
        thread: isChat(kind) ? `incident-${incidentId}` : `status-${update.noticeId}`,
        ...{ incidentId, contactId: null, fallbacks: [], drill: null },
        message: isChat(kind) ? message : toStatuspage,
        channel: { kind, of: 'environment' },
      })),
    now,
  );
}
