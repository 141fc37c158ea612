import type pg from 'pg';
import { z } from 'zod';
import { rowNumber } from '../../../lib/http/form-fields.ts';
import type { Services } from '../../../lib/services.server.ts';
import { inTransactionUnlessAway, type DatabaseAway } from '../../../lib/database/transaction.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { leaveWithheld, sendWithheld } from '../../delivery/hold-messages.server.ts';
import type { WithheldReason, WithheldSelection } from './reconciliation-view.ts';
import { WITHHELD_WORDS } from './reconciliation-words.ts';

/** More cannot be named one by one. */
const MOST_NAMED = 1000;

/** What becomes of messages that are withheld, and which ones. */
export const WITHHELD_FIELDS = z.object({
  do: z
    .enum(['send', 'leave'])
    .describe('Sends them on, or leaves them for good, which takes the right "dead_letters.discard".'),
  seq: z.array(rowNumber('')).max(MOST_NAMED).describe('Messages by number of receipt.'),
  all: z.literal('yes').optional().describe('Instead of "seq": all of them, narrowed by what follows.'),
  upTo: rowNumber('Up to this number of receipt.').optional(),
  run: rowNumber('Found by this comparison.').optional(),
  reason: z
    .string()
    .optional()
    .describe(`Why they wait, several separated by commas: ${Object.keys(WITHHELD_WORDS).join(', ')}.`),
});

/** Of which comparison is read what waits for a decision. */
export const WITHHELD_QUERY = z.object({ run: rowNumber('Only what this comparison found.').optional() });

/** Which messages fields mean: those named, or all of what is narrowed. @returns null when they say neither, or both */
export function withheldSelection({
  seq,
  all,
  upTo,
  run,
  reason,
}: z.output<typeof WITHHELD_FIELDS>): WithheldSelection | null {
  const reasons = reason?.split(',') ?? [];
  if (seq.length > 0 === (all === 'yes')) return null;
  if (!reasons.every((one) => Object.hasOwn(WITHHELD_WORDS, one))) return null;
  return {
    ...(seq.length > 0 && { seqs: seq }),
    ...(upTo !== undefined && { upTo }),
    ...(run !== undefined && { run }),
    ...(reasons.length > 0 && { reasons: reasons as WithheldReason[] }),
  };
}

export type DecideOutcome =
  | { outcome: 'sent' | 'left'; count: number }
  /** Decided already, by this person or another one, or never withheld. */
  | { outcome: 'nothing_withheld' }
  | DatabaseAway;

interface DecideRequest {
  decision: 'send' | 'leave';
  selection: WithheldSelection;
  actor: Actor;
  now: Date;
}

/** In the audit log at most so many numbers of receipt stand. */
const MOST_AUDITED = 100;
const LEFT = 'Found in Chatwoot when it was no news any more; left unsent.';

interface Row {
  seq: number;
  key: string;
  event: string;
}

/**
 * Sends withheld messages to the Agent service, or leaves them for good, in one transaction: whoever comes second, and a
 * second click, find nothing to decide; a killed process has decided all of it or nothing.
 */
export async function decideWithheld(services: Services, request: DecideRequest): Promise<DecideOutcome> {
  const outcome = await inTransactionUnlessAway(services.db, (client) => decide(client, request));
  if (outcome.outcome === 'sent' || outcome.outcome === 'left') {
    if (outcome.outcome === 'sent') services.changes.announce('work');
    services.changes.announce('page');
  }
  return outcome;
}

async function decide(
  client: pg.ClientBase,
  { decision, selection, actor, now }: DecideRequest,
): Promise<DecideOutcome> {
  const messages = await lockMessages(client, selection);
  if (messages.length === 0) return { outcome: 'nothing_withheld' };
  const keys = [...new Set(messages.map(({ key }) => key))];
  const beginnings = await lockBeginnings(client, keys, decision === 'leave' ? messages : []);
  const wanted = [...messages, ...beginnings].map(({ seq }) => seq).sort((a, b) => a - b);
  const by = actor.name;
  const done =
    decision === 'send'
      ? await sendWithheld(client, { seqs: wanted, by, now })
      : await leaveWithheld(client, { seqs: wanted, by, reason: LEFT, now });
  const decided = decision === 'send' ? 'sent' : 'left';
  await client.query(
    `UPDATE withheld_messages SET decision = $2, decided_at = $3, decided_by = $4 WHERE seq = ANY($1::bigint[])`,
    [done, decided, now, by],
  );
  const taken = new Set(done);
  const seqs = messages.flatMap(({ seq }) => (taken.has(seq) ? [seq] : []));
  if (seqs.length === 0) return { outcome: 'nothing_withheld' };
  await recordAudit(client, {
    actor,
    action: `reconcile.${decision}_withheld`,
    target: `${seqs.length} fetched ${seqs.length === 1 ? 'message' : 'messages'}`,
    before: { state: 'withheld', count: seqs.length, seqs: seqs.slice(0, MOST_AUDITED) },
    after: { state: decision === 'send' ? 'pending' : 'discarded' },
    at: now,
  });
  return { outcome: decided, count: seqs.length };
}

async function lockMessages(client: pg.ClientBase, selection: WithheldSelection): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `SELECT seq, conversation_key AS key, event FROM withheld_messages
     WHERE decided_at IS NULL AND event = 'message_created'
       AND ($1::bigint[] IS NULL OR seq = ANY($1)) AND ($2::bigint IS NULL OR seq <= $2)
       AND ($3::bigint IS NULL OR reconciliation_id = $3) AND ($4::text[] IS NULL OR reason = ANY($4))
     ORDER BY seq FOR UPDATE`,
    [selection.seqs ?? null, selection.upTo ?? null, selection.run ?? null, selection.reasons ?? null],
  );
  return rows;
}

/**
 * The `conversation_created` that go before: with the first message that is sent, or with the last that is left.
 * @param left messages that are left now
 */
async function lockBeginnings(
  client: pg.ClientBase,
  keys: readonly string[],
  left: readonly Row[],
): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `SELECT seq, conversation_key AS key, event FROM withheld_messages w
     WHERE decided_at IS NULL AND event <> 'message_created' AND conversation_key = ANY($1::text[])
       AND (cardinality($2::bigint[]) = 0 OR NOT EXISTS (
         SELECT FROM withheld_messages o WHERE o.conversation_key = w.conversation_key AND o.decided_at IS NULL
           AND o.event = 'message_created' AND o.seq <> ALL($2)))
     ORDER BY seq FOR UPDATE`,
    [keys, left.map(({ seq }) => seq)],
  );
  return rows;
}
