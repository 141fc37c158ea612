import type { Services } from '../../../lib/services.server.ts';
import { visible } from '../../../lib/visible.ts';
import { factType } from '../../facts/record-fact.server.ts';
import type {
  DeadLetterCluster,
  DeadLetterListState,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterRow,
} from './dead-letter-view.ts';
import { CUSTOMER_NAME, shownName, UNPACKED } from './shown-payload.ts';
import { type Condition, filterCondition, fromDeadLetters, OF_SINCE, SINCE } from './selection-sql.server.ts';

/** History is counted no further than this, so that a page costs the same after years. Open entries are counted to the end. */
const COUNT_LIMIT = 10_000;

/** The rows of each state and the order that an index gives them. */
const STATES: Record<DeadLetterListState, { where: string; id: string; newest: string; oldest: string }> = {
  open: {
    where: `d.state = 'dead'`,
    id: 'd.dead_fact_id',
    newest: 'd.dead_fact_id DESC',
    oldest: 'd.dead_fact_id ASC',
  },
  discarded: {
    // What was skipped after fallback mode is discarded too, but never was a dead letter.
    where: `d.state = 'discarded' AND d.dead_fact_id IS NOT NULL`,
    id: 'd.dead_fact_id',
    newest: 'd.finished_at DESC, d.seq DESC',
    oldest: 'd.finished_at ASC, d.seq ASC',
  },
  replayed: {
    where: `f.fact_type = ${factType('support.webhook.dead_letter')} AND d.dead_fact_id IS DISTINCT FROM f.id`,
    id: 'f.id',
    newest: 'f.recorded_at DESC, f.id DESC',
    oldest: 'f.recorded_at ASC, f.id ASC',
  },
};

const REPLAYED_FROM = `dashboard_facts f JOIN deliveries d ON d.seq = (f.metadata->>'seq')::bigint`;

/** One page of dead letters from `dashboard_facts`, joined with what became of each event. */
export async function listDeadLetters(services: Services, query: DeadLetterQuery): Promise<DeadLetterPage> {
  const { prisma } = services.db;
  const { where, id, ...orders } = STATES[query.state];
  const pageSize = Math.min(Math.max(query.pageSize, 1), 100);
  const page = Math.max(query.page, 1);
  const condition = filterCondition(query.filter, 1, query.state === 'replayed' ? 'past' : 'current');
  const from = query.state === 'replayed' ? REPLAYED_FROM : fromDeadLetters(condition);
  const order = query.sort === 'attempts' ? `d.attempts_total DESC, ${orders.newest}` : orders[query.sort];
  const next = condition.values.length + 1;
  const [rows, count] = await Promise.all([
    prisma.$queryRawUnsafe<Record<string, unknown>[]>(
      `WITH picked AS (
         SELECT d.seq, d.conversation_key, d.conversation_began, ${id} AS id
         FROM ${from} WHERE ${where} AND ${condition.text}
         ORDER BY ${order} LIMIT $${next}::int OFFSET $${next + 1}::int
       ), ${SINCE}
       SELECT ${COLUMNS}
       FROM picked p
       JOIN deliveries d ON d.seq = p.seq
       JOIN dashboard_facts f ON f.id = p.id
       ${UNPACKED}
       LEFT JOIN since s ON ${OF_SINCE}
       ORDER BY ${order}`,
      ...condition.values,
      pageSize,
      (page - 1) * pageSize,
    ),
    countOf(services, query.state, from, where, condition),
  ]);
  return { rows: rows.map(rowOf), ...count, page, pageSize };
}

const COLUMNS = `${CUSTOMER_NAME} AS customer_name, f.id, d.seq, d.event, d.conversation_id, d.customer_key, d.signal, d.state, d.attempts_total, d.received_at,
  d.discarded_by, d.discard_reason, f.recorded_at,
  CASE WHEN d.state = 'dead' AND d.dead_fact_id = f.id THEN d.replay_id END AS replay_id,
  v."lastError" AS last_error, v.attempts,
  f.metadata->>'errorClass' AS error_class, (f.metadata->>'status')::int AS status, f.metadata->>'cause' AS cause,
  COALESCE(s.answered > d.seq, false) AS answered_since,
  COALESCE(s.resolved > d.seq, false) AS resolved_since,
  COALESCE(s.delivered > d.seq, false) AS newer_delivered`;

async function countOf(
  services: Services,
  state: DeadLetterListState,
  from: string,
  where: string,
  condition: Condition,
): Promise<{ total: number; totalIsMinimum: boolean }> {
  const limit = state === 'open' ? '' : `LIMIT ${COUNT_LIMIT + 1}`;
  const rows = await services.db.prisma.$queryRawUnsafe<{ n: bigint }[]>(
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${from} WHERE ${where} AND ${condition.text} ${limit}) t`,
    ...condition.values,
  );
  const n = Number(rows[0]?.n ?? 0);
  const totalIsMinimum = state !== 'open' && n > COUNT_LIMIT;
  return { total: totalIsMinimum ? COUNT_LIMIT : n, totalIsMinimum };
}

const numberOrNull = (value: unknown) => (value === null ? null : Number(value));

function rowOf(row: Record<string, unknown>): DeadLetterRow {
  return {
    id: Number(row.id),
    seq: Number(row.seq),
    event: row.event as string,
    conversation: row.conversation_id as string | null,
    customer: row.customer_key as string | null,
    customerName: shownName(row.customer_name as string | null),
    fromMachine: row.signal === 'machine_message',
    lastError: row.last_error === null ? null : visible(row.last_error as string),
    errorClass: row.error_class as string | null,
    status: numberOrNull(row.status),
    cause: row.cause as string | null,
    attempts: Number(row.attempts ?? 0),
    attemptsTotal: Number(row.attempts_total),
    receivedAt: row.received_at as Date,
    deadAt: row.recorded_at as Date,
    state: row.state as DeadLetterRow['state'],
    replayId: numberOrNull(row.replay_id),
    answeredSince: row.answered_since as boolean,
    resolvedSince: row.resolved_since as boolean,
    newerDelivered: row.newer_delivered as boolean,
    discardedBy: row.discarded_by as string | null,
    discardReason: row.discard_reason as string | null,
  };
}

/** Rows of the list for somebody who may not read texts: a customer's name is the customer's own text. */
export const hideNames = (rows: readonly DeadLetterRow[]): DeadLetterRow[] =>
  rows.map((row) => ({ ...row, customerName: null }));

export interface FoundDeadLetter {
  id: number;
  event: string;
  conversation: string | null;
  conversationKey: string;
  /** ISO. */
  receivedAt: string;
}

interface FoundRow {
  id: number;
  event: string;
  conversation_id: string | null;
  conversation_key: string;
  received_at: Date;
}

/** Open dead letters by their number or by the keys of their conversations, the newest first. */
export async function findDeadLetters(
  { db }: Services,
  { id, keys }: { id: number | null; keys: readonly string[] },
  most: number,
): Promise<FoundDeadLetter[]> {
  const { rows } = await db.pool.query<FoundRow>(
    `(SELECT dead_fact_id AS id, event, conversation_id, conversation_key, received_at FROM deliveries
      WHERE state = 'dead' AND dead_fact_id = $1)
     UNION
     (SELECT dead_fact_id, event, conversation_id, conversation_key, received_at FROM deliveries
      WHERE state = 'dead' AND conversation_key = ANY($2::text[]) ORDER BY dead_fact_id DESC LIMIT $3)
     ORDER BY id DESC LIMIT $3`,
    [id, keys, most],
  );
  return rows.map((row) => ({
    id: row.id,
    event: visible(row.event),
    conversation: row.conversation_id,
    conversationKey: row.conversation_key,
    receivedAt: row.received_at.toISOString(),
  }));
}

/**
 * Open dead letters grouped by cause, biggest first. Grouped by the deliveries' last outcome, which the statement
 * that writes the fact sets to the fact's cause: 10,000 entries take 10 ms, 50 ms when read from the facts. By
 * conversation first, because counting distinct conversations at once sorts all entries: twice as slow.
 * @param limit at most so many clusters; the rest is visible in the list itself
 */
export async function deadLetterClusters(services: Services, limit = 20): Promise<DeadLetterCluster[]> {
  const rows = await services.db.prisma.$queryRaw<
    {
      last_outcome: string;
      last_status: number | null;
      event: string;
      n: bigint;
      conversations: bigint;
      oldest: Date;
      newest: Date;
    }[]
  >`
    SELECT last_outcome, last_status, event, sum(n)::bigint AS n, count(*) AS conversations,
      min(oldest) AS oldest, max(newest) AS newest
    FROM (
      SELECT last_outcome, last_status, event, count(*) AS n, min(finished_at) AS oldest, max(finished_at) AS newest
      FROM deliveries
      WHERE state = 'dead'
      GROUP BY last_outcome, last_status, event, conversation_key) each_conversation
    GROUP BY last_outcome, last_status, event
    ORDER BY 4 DESC, last_outcome, last_status, event
    LIMIT ${limit}::int`;
  return rows.map((row) => ({
    cause: `${row.last_outcome}|${row.last_status ?? '-'}|${row.event}`,
    errorClass: row.last_outcome,
    status: row.last_status,
    event: row.event,
    count: Number(row.n),
    conversations: Number(row.conversations),
    oldestAt: row.oldest,
    newestAt: row.newest,
  }));
}
