import { failureWords } from '../../lib/chatwoot/answer.ts';
import { type ChatwootCall, createChatwootCall } from '../../lib/chatwoot/call.server.ts';
import { inboxCalls, type InboxCalls, withoutCanaryInboxes } from '../../lib/chatwoot/inboxes.server.ts';
import { webhookCalls, type WebhookCalls } from '../../lib/chatwoot/registrations.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { storableJson } from '../../lib/storable.ts';
import type { InboxChoice } from './fallback-view.ts';

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

/** A step makes a few calls one after the other, and its loop must be seen to live (within 10 s). */
const TIMEOUT_MS = 4000;

/** Calls to the account's Chatwoot; null when none is configured. */
function openAccount({ config }: Services): { call: ChatwootCall; account: string } | null {
  const { connection } = config;
  if (!connection) return null;
  const call = createChatwootCall({
    baseUrl: connection.chatwootUrl,
    accountId: connection.accountId,
    apiToken: connection.apiToken,
    timeoutMs: TIMEOUT_MS,
  });
  return { call, account: `/api/v1/accounts/${connection.accountId}` };
}

/** Inboxes and webhooks of the account; null when no Chatwoot is configured. */
export function openInboxes(services: Services): (InboxCalls & WebhookCalls) | null {
  const opened = openAccount(services);
  if (!opened) return null;
  const { call, account } = opened;
  return { ...inboxCalls(call, account), ...webhookCalls(call, account) };
}
