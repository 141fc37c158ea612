import type { Services } from '../services.server.ts';

/** Name of the inbox that is made for canaries when none is configured. */
export const CANARY_INBOX = 'Outage Center canary';

/**
 * Leaves out the inboxes that are there for canaries only: the one that is configured, the one that was made, also under
 * another name. No customer is to be sent there.
 */
export async function withoutCanaryInboxes<T extends { id: number; name: string; channel: string }>(
  { db, config }: Pick<Services, 'db' | 'config'>,
  inboxes: readonly T[],
): Promise<T[]> {
  const { rows } = await db.pool.query<{ inbox_id: number }>(
    'SELECT DISTINCT inbox_id FROM canary_runs WHERE inbox_id IS NOT NULL',
  );
  const own = new Set([config.CANARY_INBOX_ID, ...rows.map((row) => row.inbox_id)]);
  return inboxes.filter(
    ({ id, name, channel }) => !own.has(id) && !(channel === 'Channel::Api' && name === CANARY_INBOX),
  );
}
