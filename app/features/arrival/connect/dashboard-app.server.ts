import type { ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import type { ChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';

/** The page that Chatwoot shows beside a conversation. */
export const EMBED_PATH = '/embed';
const TITLE = 'Outage Center';

type DashboardAppOutcome =
  { outcome: 'added' | 'there' | 'absent' | 'removed' } | { outcome: 'failed'; what: ChatwootFailure };

/**
 * Adds our page to Chatwoot's conversations, once, or takes it away; without a wish it only looks. It is put on record before
 * anything is changed there.
 */
export async function changeDashboardApp(
  { db }: Pick<Services, 'db'>,
  client: ChatwootClient,
  { appUrl, wish, actor }: { appUrl: string; wish: 'add' | 'remove' | null; actor: Actor },
): Promise<DashboardAppOutcome> {
  const url = `${appUrl.replace(/\/$/, '')}${EMBED_PATH}`;
  const listed = await client.listDashboardApps();
  if (listed.outcome !== 'ok') return { outcome: 'failed', what: listed };
  const ours = listed.value.filter(({ urls }) => urls.includes(url));
  if (wish === null || (wish === 'add') === ours.length > 0)
    return { outcome: ours.length > 0 ? 'there' : 'absent' };
  await inTransaction(db.pool, (database) =>
    recordAudit(database, {
      actor,
      action: wish === 'add' ? 'dashboard_app.add' : 'dashboard_app.remove',
      target: url,
      at: db.clock.now(),
    }),
  );
  if (wish === 'add') {
    const made = await client.createDashboardApp({ title: TITLE, url });
    return made.outcome === 'ok' ? { outcome: 'added' } : { outcome: 'failed', what: made };
  }
  for (const { id } of ours) {
    const removed = await client.deleteDashboardApp(id);
    if (removed.outcome !== 'ok') return { outcome: 'failed', what: removed };
  }
  return { outcome: 'removed' };
}
