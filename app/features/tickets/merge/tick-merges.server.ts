import type { Services } from '../../../lib/services.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { SYSTEM } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { mergeNote } from './merge-view.ts';
import { mergeSteps, type MergeResult, type MergeState } from './merge-steps.server.ts';
import { openMergeClient } from './merge-client.server.ts';
import { readTicket } from '../read-tickets.server.ts';
import { ticketTexts, type TicketRow } from '../ticket-row.server.ts';
import { ticketName } from '../ticket-view.ts';
import { isAlive } from '../../processes/liveness.ts';

/** After so many tries a person decides whether there is another. */
const MOST_TRIES = 5;
/** A request that was given up may still be at work in Chatwoot: only after it has ended is looked up what it made. */
const RETRY_MS = 30_000;

/** A ticket is a process's as long as that process lives; see decision 1. */
const CLAIM = `
UPDATE manual_tickets SET merge_state = 'running', merge_owner = $1, merge_claimed_at = now(), merge_attempts = merge_attempts + 1
WHERE id = (
  SELECT id FROM manual_tickets t
  WHERE (merge_state = 'waiting' AND merge_due_at <= $2)
    OR (merge_state = 'running' AND (merge_owner = $1 OR NOT ${isAlive('t.merge_owner')}))
  ORDER BY first_response_at IS NOT NULL, received_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *`;

const SAVE = `
UPDATE manual_tickets SET merge_claimed_at = now(),
  merged_contact = CASE WHEN $3::jsonb ? 'contact' THEN ($3->>'contact')::bigint ELSE merged_contact END,
  merged_conversation = CASE WHEN $3::jsonb ? 'conversation' THEN ($3->>'conversation')::bigint ELSE merged_conversation END,
  merge_note = CASE WHEN $3::jsonb ? 'note' THEN ($3->>'note')::bigint ELSE merge_note END
WHERE id = $1 AND merge_owner = $2 AND merge_state = 'running'`;

/**
 * Brings the next ticket into Chatwoot, the one at most risk first.
 * @param signal ends it soon; what is done is on record
 * @returns true when there may be more to do at once
 */
export async function tickMerges(services: Services, now: Date, signal?: AbortSignal): Promise<boolean> {
  const { config, db, processId, changes } = services;
  const client = openMergeClient(config, { signal });
  if (!client) return false;
  const claimed = await db.pool.query<TicketRow>(CLAIM, [processId, now]);
  const row = claimed.rows[0];
  if (!row) return false;
  const { open } = ticketTexts(config, row.marker);
  const read = await readTicket(services, { id: row.id, withTexts: true });
  const ticket = {
    id: row.id,
    marker: row.marker,
    customer: open(row.customer),
    email: row.email === null ? null : open(row.email),
    inboxId: row.merge_inbox!,
    waitingSince: row.received_at,
    answeredAt: row.first_response_at,
    note: mergeNote(read!.ticket, read!.entries, now),
  };
  const state: MergeState = {
    contact: row.merged_contact,
    conversation: row.merged_conversation,
    note: row.merge_note,
  };
  const result = await mergeSteps(ticket, state, {
    client,
    patience: { signal },
    async save(part) {
      const saved = await db.pool.query(SAVE, [row.id, processId, storableJson(part)]);
      return saved.rowCount === 1;
    },
  });
  if (signal?.aborted && result.outcome === 'failed') return false;
  await finish(services, row, { result, state, now });
  changes.announce('page');
  return true;
}

/** What it came to, and what somebody has to do there. */
function doneWords({ conversation, left }: MergeState): string {
  const where = `Goes on in Chatwoot, conversation ${conversation}`;
  if (!left) return where;
  return `Is in Chatwoot, conversation ${conversation}, but ${left} there and could not be opened (is the customer blocked?): open it by hand`;
}

async function finish(
  { db, processId }: Services,
  row: TicketRow,
  { result, state, now }: { result: MergeResult; state: MergeState; now: Date },
): Promise<void> {
  if (result.outcome === 'lost') return;
  const done = result.outcome === 'done';
  const again = result.outcome === 'failed' && result.mayPass && row.merge_attempts < MOST_TRIES;
  const words = done ? doneWords(state) : result.detail;
  await inTransaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE manual_tickets SET merge_state = $3, merge_owner = NULL, merge_result = $4, version = version + 1,
         merged_at = CASE WHEN $3 = 'done' THEN $5::timestamptz END,
         merge_due_at = $5::timestamptz + make_interval(secs => $6)
       WHERE id = $1 AND merge_owner = $2 AND merge_state = 'running'`,
      [
        row.id,
        processId,
        done ? 'done' : again ? 'waiting' : 'failed',
        words,
        now,
        (RETRY_MS / 1000) * 2 ** (row.merge_attempts - 1),
      ],
    );
    if (!rowCount || again) return;
    await client.query(
      `INSERT INTO ticket_entries (ticket_id, at, by, kind, text) VALUES ($1, $2, $3, 'merge', $4)`,
      [row.id, now, SYSTEM.name, done ? words : `Not brought into Chatwoot: ${words}`],
    );
    await recordAudit(client, {
      actor: SYSTEM,
      action: done ? 'tickets.merged' : 'tickets.merge_failed',
      target: `ticket ${ticketName(row.id)}`,
      after: { conversation: state.conversation, contact: state.contact, askedBy: row.merge_by },
      at: now,
    });
  });
}
