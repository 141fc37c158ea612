import { CHATWOOT_AHEAD } from '../../lib/chatwoot/chatwoot-now.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { conversationUrl } from './conversation-url.ts';
import type { MachineItem } from './waiting-view.ts';

const MOST = 50;

/** Conversations in which only a machine waits for an answer, the newest first; nobody is hurried by them. */
export async function readMachines({ db, config }: Pick<Services, 'db' | 'config'>): Promise<MachineItem[]> {
  const { rows } = await db.pool.query<{
    key: string;
    account: string;
    conversation_id: number;
    machine_since: Date;
  }>(
    `SELECT key, account, conversation_id, machine_since - ${CHATWOOT_AHEAD} AS machine_since FROM conversations
     WHERE machine_since IS NOT NULL ORDER BY conversations.machine_since DESC, key LIMIT ${MOST}`,
  );
  const chatwootUrl = config.connection?.chatwootUrl ?? null;
  return rows.map(({ key, account, conversation_id: conversationId, machine_since: since }) => ({
    key,
    conversationId,
    since: since.toISOString(),
    url: conversationUrl(chatwootUrl, account, conversationId),
  }));
}
