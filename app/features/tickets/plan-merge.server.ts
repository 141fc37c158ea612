import { failureWords } from '../../lib/chatwoot/answer.ts';
import { withoutCanaryInboxes } from '../../lib/chatwoot/canary-inbox.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { findContact } from './find-contact.server.ts';
import { mergeInboxes, type MergeInbox } from './merge-inbox.ts';
import type { MergePlan, PlannedTicket } from './merge-plan.ts';
import { openMergeClient, type MergeClient } from './open-merge-client.server.ts';
import { ticketTexts, ticketView, type TicketRow } from './ticket-row.server.ts';

/** A page does not wait longer for one answer of Chatwoot, ms. */
const TIMEOUT_MS = 4000;
/** Tickets in one go. */
export const MOST_AT_ONCE = 200;
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
  wish: { ticketIds: readonly number[] | null; inboxId: number | null; withTexts: boolean },
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
    [wish.ticketIds, MOST_AT_ONCE + 1],
  );
  const chosen = rows.slice(0, MOST_AT_ONCE).filter(({ status }) => status !== 'closed');
  const items: PlannedTicket[] = [];
  for (let at = 0; at < chosen.length; at += AT_ONCE) {
    const few = chosen.slice(at, at + AT_ONCE);
    const lookUp = at < LOOKED_UP;
    items.push(
      ...(await Promise.all(few.map((row) => planOne(services, client, { row, inbox, lookUp, ...wish })))),
    );
  }
  const left = wish.ticketIds ? wish.ticketIds.length - items.length : 0;
  return { outcome: 'planned', inboxes, inbox, items, left, more: rows.length > MOST_AT_ONCE };
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
