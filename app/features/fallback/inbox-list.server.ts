import { withoutCanaryInboxes } from '../../lib/chatwoot/canary-inbox.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { failureWords } from '../../lib/chatwoot/answer.ts';
import { storableJson } from '../../lib/storable.ts';
import type { InboxChoice } from './fallback-view.ts';
import { openInboxes } from './open-chatwoot.server.ts';

export interface InboxList {
  inboxes: InboxChoice[];
  listedAt: Date | null;
  problem: string | null;
}

/** Chatwoot's inboxes as last listed: a page in an outage does not wait for Chatwoot. */
export async function readInboxList(services: Services): Promise<InboxList> {
  const row = await services.db.prisma.inboxList.findFirst();
  return {
    inboxes: ((row?.inboxes ?? []) as unknown as InboxChoice[]).map(({ id, name }) => ({ id, name })),
    listedAt: row?.listedAt ?? null,
    problem: row?.problem ?? null,
  };
}

const REFRESH_MS = 600_000;
const RETRY_MS = 60_000;

/** Lists them anew when the list is old; once per cluster, by whoever claims the turn. */
export async function refreshInboxList(services: Services, now: Date): Promise<void> {
  const { pool } = services.db;
  const chatwoot = openInboxes(services);
  if (!chatwoot) return;
  const claimed = await pool.query(
    `UPDATE inbox_list SET tried_at = $1
     WHERE COALESCE(tried_at, 'epoch') < $3 AND (problem IS NOT NULL OR COALESCE(listed_at, 'epoch') < $2)`,
    [now, new Date(now.getTime() - REFRESH_MS), new Date(now.getTime() - RETRY_MS)],
  );
  if (!claimed.rowCount) return;
  const answer = await chatwoot.listInboxes();
  if (answer.outcome === 'ok') {
    const offered = await withoutCanaryInboxes(services, answer.value);
    const inboxes = offered.map(({ id, name, emails }) => ({ id, name, emails }));
    await pool.query('UPDATE inbox_list SET inboxes = $1, listed_at = $2, problem = NULL', [
      storableJson(inboxes),
      now,
    ]);
  } else await pool.query('UPDATE inbox_list SET problem = $1', [failureWords(answer)]);
}
