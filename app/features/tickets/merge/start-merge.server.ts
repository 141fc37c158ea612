import { failureWords } from '../../../lib/chatwoot/answer.ts';
import { withoutCanaryInboxes } from '../../../lib/chatwoot/inboxes.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { type TicketRow, ticketTexts, ticketView } from '../ticket-row.server.ts';
import { ticketName } from '../ticket-view.ts';
import { findContact, type MergeClient, openMergeClient } from './merge-client.server.ts';
import { type MergeInbox, mergeInboxes, type MergePlan, type PlannedTicket } from './merge-view.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

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
  request: { ticketIds: readonly number[]; inboxId: ExactId; actor: Actor; now: Date },
): Promise<StartMergeOutcome> {
  const { ticketIds, inboxId, actor, now } = request;
  if (ticketIds.length === 0) return { outcome: 'nothing_chosen' };
  if (ticketIds.length > MOST_MERGED_AT_ONCE) return { outcome: 'too_many' };
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

/**
 * Keeps tickets out of Chatwoot that wait to be brought there. One that was begun goes on: part of it may be there already.
 * @returns how many
 */
export async function cancelMerges(
  services: Services,
  { actor, now }: { actor: Actor; now: Date },
): Promise<number> {
  const count = await inTransaction(services.db.pool, async (transaction) => {
    const { rows } = await transaction.query<{ id: number }>(
      `UPDATE manual_tickets SET merge_state = NULL, merge_due_at = NULL, version = version + 1
       WHERE merge_state = 'waiting' AND merge_attempts = 0 RETURNING id`,
    );
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    await transaction.query(
      `INSERT INTO ticket_entries (ticket_id, at, by, kind, text)
       SELECT id, $2, $3, 'merge', 'Is not brought into Chatwoot after all' FROM unnest($1::bigint[]) AS t(id)`,
      [ids, now, actor.name],
    );
    await recordAudit(transaction, {
      actor,
      action: 'tickets.merge',
      target: 'tickets',
      after: { cancelled: ids.map(ticketName) },
      at: now,
    });
    return ids.length;
  });
  if (count > 0) services.changes.announce('page');
  return count;
}

/** A page does not wait longer for one answer of Chatwoot, ms. */
const TIMEOUT_MS = 4000;
/** Tickets in one go. */
const MOST_MERGED_AT_ONCE = 200;
/** Contacts looked up for a plan; Chatwoot lets 100 searches a minute through. */
const LOOKED_UP = 20;
const AT_ONCE = 5;

/**
 * What bringing tickets into Chatwoot will do, ticket by ticket; nothing is changed.
 * @param ticketIds null: every ticket that is not closed
 * @param inboxId null: the first that fits
 */
export async function planMerge(
  services: Services,
  wish: { ticketIds: readonly number[] | null; inboxId: ExactId | null; withTexts: boolean },
): Promise<MergePlan> {
  const { config, db } = services;
  const client = openMergeClient(config, { timeoutMs: TIMEOUT_MS });
  if (!client) return { outcome: 'not_connected' };
  const listed = await client.listInboxes();
  if (listed.outcome !== 'ok') return { outcome: 'chatwoot_failed', detail: failureWords(listed) };
  const inboxes = mergeInboxes(await withoutCanaryInboxes(services, listed.value));
  const inbox = inboxes.find(({ id }) => id === wish.inboxId) ?? inboxes[0];
  if (!inbox) return { outcome: 'no_inbox' };
  const { rows } = await db.pool.query<TicketRow>(
    `SELECT * FROM manual_tickets
     WHERE (id = ANY($1::bigint[]) OR $1::bigint[] IS NULL AND status <> 'closed')
       AND (merge_state IS NULL OR merge_state = 'failed')
     ORDER BY first_response_at IS NOT NULL, received_at, id LIMIT $2`,
    [wish.ticketIds, MOST_MERGED_AT_ONCE + 1],
  );
  const chosen = rows.slice(0, MOST_MERGED_AT_ONCE).filter(({ status }) => status !== 'closed');
  const items: PlannedTicket[] = [];
  for (let at = 0; at < chosen.length; at += AT_ONCE) {
    const few = chosen.slice(at, at + AT_ONCE);
    const lookUp = at < LOOKED_UP;
    items.push(
      ...(await Promise.all(few.map((row) => planOne(services, client, { row, inbox, lookUp, ...wish })))),
    );
  }
  const left = wish.ticketIds ? wish.ticketIds.length - items.length : 0;
  return { outcome: 'planned', inboxes, inbox, items, left, more: rows.length > MOST_MERGED_AT_ONCE };
}

async function planOne(
  { config }: Services,
  client: MergeClient,
  one: { row: TicketRow; inbox: MergeInbox; lookUp: boolean; withTexts: boolean },
): Promise<PlannedTicket> {
  const { row, inbox, lookUp, withTexts } = one;
  const ticket = ticketView(row, config, withTexts);
  const { open } = ticketTexts(config, row.marker);
  const email = row.email === null ? null : open(row.email);
  if (inbox.needsEmail && email === null) return { ticket, contact: { kind: 'no_address' } };
  if (!lookUp) return { ticket, contact: { kind: 'not_looked_up' } };
  // A plan does not wait until Chatwoot lets more searches through.
  const found = await findContact(client, { email, marker: row.marker }, { attempts: 1 });
  if (found.outcome !== 'ok') return { ticket, contact: { kind: 'not_looked_up' } };
  return { ticket, contact: found.value ? { kind: 'known', id: found.value.id } : { kind: 'new' } };
}
