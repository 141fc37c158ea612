import type pg from 'pg';
import { openBody } from '../../lib/body-cipher.server.ts';
import { type JsonRecord, parseExact } from '../../lib/json.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { causeInRows, writeInParts, type Refused } from '../../lib/database/write-in-parts.server.ts';
import { recordSetAside } from '../facts/set-aside.server.ts';
import { countArrivals, type Arrival } from '../facts/rollups.server.ts';
import { applyChanges } from './apply-changes.server.ts';
import { isOfConversation, projectEvent, type Projection } from './project-event.ts';

/** Events of one transaction. */
const BATCH = 500;
/** Or as many as have bodies of this much: one of an e-mail may have 10 MiB. */
const BATCH_BYTES = 16 << 20;
/** A transaction that took a number and has not committed after so long never will. */
const GAP_MS = 10 * 60_000;
/** More numbers than that are not missing because somebody is about to commit them. */
const WIDEST_GAP = 100_000;

interface EventRow {
  seq: number;
  event_id: string;
  event: string;
  source: string;
  received_at: Date;
  body: Buffer | null;
  bytes: number;
}

type EventProjection = Projection & Pick<EventRow, 'seq' | 'event'>;

const COLUMNS = `seq, event_id, event, source, received_at,
  CASE WHEN event ~ '^(message_|conversation_|automation_event[.]|macro[.]executed$)' THEN body END AS body,
  octet_length(body) AS bytes`;

/** The first of the rows, in their order, up to BATCH_BYTES; the length is known without reading the body. */
const withinBytes = (rows: string) => `
SELECT * FROM (SELECT *, sum(bytes) OVER (ORDER BY seq) - bytes AS before FROM (${rows}) r) w
WHERE before < ${BATCH_BYTES} ORDER BY seq`;

const READ = withinBytes(`SELECT ${COLUMNS} FROM webhook_events WHERE seq > $1 ORDER BY seq LIMIT ${BATCH}`);
/** By gap, and not by event: a plan that begins with the events reads all there are, where there is no gap. */
const LATE = withinBytes(`SELECT e.*, g.from_seq, g.to_seq, g.seen_at FROM backlog_gaps g
  CROSS JOIN LATERAL (SELECT ${COLUMNS} FROM webhook_events
    WHERE seq BETWEEN g.from_seq AND g.to_seq ORDER BY seq LIMIT ${BATCH}) e ORDER BY seq LIMIT ${BATCH}`);
const NOTE = `
INSERT INTO inbox_messages (account, message_id, created_at, seq)
SELECT account, message_id, to_timestamp(created_second), min(seq)
FROM json_to_recordset($1::json) AS i(account text, message_id bigint, created_second bigint, seq bigint)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`;

export type ProjectionRound =
  /** `more`: a whole batch was there, another one may follow. */
  | { outcome: 'projected'; events: number; more: boolean; unreadable: number }
  /** Another process is at it. */
  | { outcome: 'busy' };

/**
 * Reads the next webhooks in order of receipt into the read-model, and moves the cursor in the same transaction: a batch that
 * is interrupted is done again. Numbers are given before a transaction commits, so a lower one may appear later; the gaps
 * are remembered and looked into again. Everything is safe to repeat and to come in any order.
 */
export async function projectWebhooks(services: Services, now: Date): Promise<ProjectionRound> {
  return inTransaction(services.db.pool, (client) => projectBatch(client, services.config, now));
}

/**
 * Holds the cursor. The plans of the round are made once and kept, whatever the tables hold: planning each statement anew took a
 * third of a round. A plan must not read a table from end to end because that was empty when it
 * was made, nor fetch and sort all messages of a conversation where the first one in the index tells.
 */
const CURSOR = `SELECT through_seq, set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)
FROM backlog_projection FOR UPDATE SKIP LOCKED`;

/** The same within the caller's transaction, which then holds the cursor. */
export async function projectBatch(
  client: pg.ClientBase,
  config: Config,
  now: Date,
): Promise<ProjectionRound> {
  const cursor = await client.query<{ through_seq: number }>(CURSOR);
  const through = cursor.rows[0]?.through_seq;
  if (through === undefined) return { outcome: 'busy' };
  const late = await takeLate(client, now);
  const { rows } = await client.query<EventRow>({ name: 'waits-read', text: READ, values: [through] });
  await rememberGaps(client, through, rows, now);
  const all = [...late, ...rows];
  const projections: EventProjection[] = [];
  const odd: Refused<Pick<EventRow, 'seq' | 'event'>>[] = [];
  const arrivals: Arrival[] = [];
  const foreign = new Set<string>();
  let unreadable = 0;
  for (const row of all) {
    try {
      const read = projectRow(row, config);
      if (read === 'unreadable') unreadable += 1;
      else if (read && !isOfOurs(read, config)) foreign.add(read.snapshot.account);
      else if (read) {
        projections.push({ ...read, seq: row.seq, event: row.event });
        if (read.messageAt && row.source === 'webhook')
          arrivals.push({ createdAt: read.messageAt, receivedAt: row.received_at });
      }
    } catch (error) {
      odd.push({ row, cause: causeInRows(error) ?? String(error) });
    }
  }
  const refused = await writeInParts(client, projections, async (part) => {
    await applyChanges(client, config, part, { now, source: 'webhooks' });
    await noteMessages(client, part);
  });
  await recordSetAside(client, [
    ...[...odd, ...refused].map(setAside),
    ...[...foreign].map(ofAccount(config)),
  ]);
  await countArrivals(client, arrivals);
  const more = rows.length === BATCH || rows.reduce((sum, { bytes }) => sum + bytes, 0) >= BATCH_BYTES;
  const last = rows.at(-1)?.seq ?? through;
  // An idle projection says only now and then that it is up to date.
  await client.query(
    `UPDATE backlog_projection SET through_seq = $1, caught_up_at = CASE WHEN $2 THEN caught_up_at ELSE $3 END
     WHERE through_seq <> $1 OR caught_up_at IS NULL OR caught_up_at < $3::timestamptz - interval '5 seconds'`,
    [last, more, now],
  );
  return { outcome: 'projected', events: all.length, more, unreadable };
}

/** The event's name is Chatwoot's own word for it, stored without what could act. */
const setAside = ({ row, cause }: Refused<Pick<EventRow, 'seq' | 'event'>>) => ({
  purpose: 'the list of who waits',
  name: `event ${row.seq} (${row.event})`,
  cause,
});

/**
 * Another account may post here as well: with a token that is the same for both, or unsigned. Its conversations have numbers of
 * their own, so that whoever assigned one would assign another customer's; and its webhooks do not prove that ours arrive.
 */
const isOfOurs = ({ snapshot }: Projection, { CHATWOOT_ACCOUNT_ID: ours }: Config): boolean =>
  ours === undefined || snapshot.account === ours;

const ofAccount =
  ({ CHATWOOT_ACCOUNT_ID: ours }: Config) =>
  (account: string) => ({
    purpose: 'the list of who waits',
    name: `webhooks of Chatwoot's account ${account}`,
    cause: `this app is connected to account ${ours}`,
  });

function projectRow(row: EventRow, config: Config): Projection | 'unreadable' | null {
  if (!row.body || !isOfConversation(row.event)) return null;
  const opened = openBody(config.DATA_ENCRYPTION_KEYS, Buffer.from(row.body), row.event_id);
  if (opened.outcome === 'removed') return null;
  if (opened.outcome !== 'open') return 'unreadable';
  return projectEvent(
    row.event,
    parseExact(textOf(opened.body)) as JsonRecord,
    config.CHATWOOT_ACCOUNT_ID ?? null,
  );
}

/** Intake stored only what it could parse; a byte order mark before it is allowed. */
const textOf = (body: Buffer) => body.toString('utf8').replace(/^\uFEFF/, '');

/** Unix seconds: the API tells no more; 0 when it is not known. */
const secondOf = (at: Date | null) => Math.floor((at?.getTime() ?? 0) / 1000);

async function noteMessages(client: pg.ClientBase, projections: readonly EventProjection[]) {
  const messages = projections.flatMap(({ messageId, messageAt, seq, snapshot: { account } }) =>
    messageId === null ? [] : [{ account, message_id: messageId, created_second: secondOf(messageAt), seq }],
  );
  if (messages.length === 0) return;
  await client.query({ name: 'waits-note', text: NOTE, values: [storableJson(messages)] });
}

/** Rows that have appeared in a gap since; the gap is split around them. */
async function takeLate(client: pg.ClientBase, now: Date): Promise<EventRow[]> {
  await client.query('DELETE FROM backlog_gaps WHERE seen_at < $1', [new Date(now.getTime() - GAP_MS)]);
  const { rows } = await client.query<EventRow & { from_seq: number; to_seq: number; seen_at: Date }>({
    name: 'waits-late',
    text: LATE,
  });
  for (const gap of new Map(rows.map((row) => [row.from_seq, row])).values()) {
    const found = rows.filter((row) => row.from_seq === gap.from_seq).map(({ seq }) => seq);
    await client.query('DELETE FROM backlog_gaps WHERE from_seq = $1', [gap.from_seq]);
    await insertGaps(client, gapsBetween(gap.from_seq - 1, [...found, gap.to_seq + 1]), gap.seen_at);
  }
  return rows;
}

async function rememberGaps(client: pg.ClientBase, through: number, rows: EventRow[], now: Date) {
  await insertGaps(
    client,
    gapsBetween(
      through,
      rows.map(({ seq }) => seq),
    ),
    now,
  );
}

async function insertGaps(client: pg.ClientBase, gaps: [from: number, to: number][], seenAt: Date) {
  if (gaps.length === 0) return;
  await client.query(
    `INSERT INTO backlog_gaps (from_seq, to_seq, seen_at)
     SELECT f, t, $3 FROM unnest($1::bigint[], $2::bigint[]) AS g(f, t) ON CONFLICT DO NOTHING`,
    [gaps.map(([from]) => from), gaps.map(([, to]) => to), seenAt],
  );
}

/** The numbers that are missing between `after` and each of the ascending `seqs`. */
export function gapsBetween(after: number, seqs: readonly number[]): [from: number, to: number][] {
  const gaps: [number, number][] = [];
  let previous = after;
  for (const seq of seqs) {
    if (seq > previous + 1 && seq - previous <= WIDEST_GAP) gaps.push([previous + 1, seq - 1]);
    previous = seq;
  }
  return gaps;
}
