import { failureWords } from '../../lib/chatwoot/answer.ts';
import { withoutCanaryInboxes } from '../../lib/chatwoot/canary-inbox.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { mergeInboxes } from './merge-inbox.ts';
import { openMergeClient } from './open-merge-client.server.ts';
import { MOST_AT_ONCE } from './plan-merge.server.ts';
import { ticketName } from './ticket-view.ts';

const TIMEOUT_MS = 4000;

export type StartMergeOutcome =
  | { outcome: 'started'; count: number; left: number }
  | { outcome: 'nothing_chosen' | 'too_many' | 'inbox_unknown' | 'not_connected' }
  | { outcome: 'chatwoot_failed'; detail: string };

/**
 * Brings tickets into Chatwoot, as a dry run showed it: in the background, one after the other. What is closed, on its way
 * or there already is left as it is, so that a second click does nothing.
 */
export async function startMerge(
  services: Services,
  request: { ticketIds: readonly number[]; inboxId: number; actor: Actor; now: Date },
): Promise<StartMergeOutcome> {
  const { ticketIds, inboxId, actor, now } = request;
  if (ticketIds.length === 0) return { outcome: 'nothing_chosen' };
  if (ticketIds.length > MOST_AT_ONCE) return { outcome: 'too_many' };
  const client = openMergeClient(services.config, { timeoutMs: TIMEOUT_MS });
  if (!client) return { outcome: 'not_connected' };
  const listed = await client.listInboxes();
  if (listed.outcome !== 'ok') return { outcome: 'chatwoot_failed', detail: failureWords(listed) };
  const inboxes = mergeInboxes(await withoutCanaryInboxes(services, listed.value));
  const inbox = inboxes.find(({ id }) => id === inboxId);
  if (!inbox) return { outcome: 'inbox_unknown' };
  const count = await inTransaction(services.db.pool, async (transaction) => {
    const { rows } = await transaction.query<{ id: number }>(
      `UPDATE manual_tickets SET merge_state = 'waiting', merge_inbox = $2, merge_by = $3, merge_due_at = $4,
         merge_attempts = 0, merge_result = NULL, version = version + 1
       WHERE id = ANY($1::bigint[]) AND (merge_state IS NULL OR merge_state = 'failed') AND status <> 'closed'
         AND (email IS NOT NULL OR NOT $5)
       RETURNING id`,
      [ticketIds, inboxId, actor.name, now, inbox.needsEmail],
    );
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    await transaction.query(
      `INSERT INTO ticket_entries (ticket_id, at, by, kind, text) SELECT id, $2, $3, 'merge', $4 FROM unnest($1::bigint[]) AS t(id)`,
      [ids, now, actor.name, `Is brought into Chatwoot, inbox "${inbox.name}"`],
    );
    await recordAudit(transaction, {
      actor,
      action: 'tickets.merge',
      target: 'tickets',
      after: { inbox: inboxId, tickets: ids.map(ticketName) },
      at: now,
    });
    return ids.length;
  });
  if (count === 0) return { outcome: 'nothing_chosen' };
  services.changes.announce('work');
  services.changes.announce('page');
  return { outcome: 'started', count, left: ticketIds.length - count };
}
