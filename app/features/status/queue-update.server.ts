import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import type { Message } from '../notify/message.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';
import { parseAffects } from './read-notices.server.ts';

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

/**
 * Puts an update into the outbox for the team's page at Statuspage, where there is one; in the transaction that publishes it.
 * Looking back is written there by hand: its API has it apart.
 * @param before components that the update before it named: what is not affected any more is said to work
 * @param components left out: as the notice has them
 */
export async function queueForStatuspage(
  client: pg.PoolClient,
  config: Services['config'],
  {
    updateId,
    incidentId,
    now,
    before = [],
    components,
  }: { updateId: number; incidentId: number; now: Date; before?: readonly string[]; components?: [] },
): Promise<void> {
  if (!config.STATUSPAGE_API_KEY) return;
  const { rows } = await client.query<Update>(UPDATE, [updateId]);
  const update = rows[0]!;
  if (update.state === 'postmortem') return;
  const affects = parseAffects(update.components);
  const over = update.state === 'resolved';
  const listed = [...new Set([...before, ...Object.keys(affects)])].flatMap((id) => {
    const name = update.names[id];
    const state = over ? 'operational' : (affects[id] ?? 'operational');
    return name === undefined || state === 'unknown' ? [] : [{ name, state }];
  });
  const message: Message = {
    kind: 'public_update',
    severity: 'info',
    title: update.title,
    sentence: update.text,
    facts: [],
    link: `/incidents/${incidentId}/update`,
    at: now.toISOString(),
    update: {
      // The number alone begins anew with another database.
      notice: `${update.noticeId} of ${update.createdAt.toISOString()}`,
      ...{ state: update.state, text: update.text, components: components ?? listed },
    },
  };
  await queueNotifications(
    client,
    [
      {
        dedupeKey: `status:${updateId}:statuspage`,
        thread: `status-${update.noticeId}`,
        ...{ incidentId, message, contactId: null, fallbacks: [], drill: null },
        channel: { kind: 'statuspage', of: 'environment' },
      },
    ],
    now,
  );
}
