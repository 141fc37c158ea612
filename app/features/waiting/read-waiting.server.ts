import { openText } from '../../lib/body-cipher.server.ts';
import { CHATWOOT_AHEAD, chatwootNow } from '../../lib/chatwoot/clock.server.ts';
import { conversationUrl } from '../../lib/chatwoot/chatwoot-client.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { readLastMessages } from './read-last-messages.server.ts';
import type { MachineItem, WaitingFilter, WaitingItem, WaitingPage, WaitingSort } from './waiting-view.ts';
import type { ExactId } from '../../lib/chatwoot/chatwoot-values.ts';

/** No longer than can be looked over on a phone. */
const PAGE_SIZE = 15;
/** "Soon" is within this many minutes of a breach. */
const SOON_MINUTES = 10;

const ORDER: Record<WaitingSort, string> = {
  risk: 'due_at, key',
  since: 'waiting_since, key',
  assignee: `COALESCE(assignee_name, ''), due_at, key`,
};
const FILTER: Record<WaitingFilter, string> = {
  all: 'true',
  unassigned: `(assignee_id IS NULL OR assignee_kind = 'bot')`,
  breached: 'due_at < $1',
  soon: `due_at >= $1 AND due_at < $1 + make_interval(mins => ${SOON_MINUTES})`,
};

export interface WaitingWish {
  sort: WaitingSort;
  filter: WaitingFilter;
  /** From 1; one beyond the last is the last. */
  page: number;
  /** Whether names and texts may be shown. */
  withNames: boolean;
  now: Date;
}

interface Row {
  key: string;
  conversation_id: ExactId;
  account: string;
  status: string;
  waiting_since: Date;
  due_at: Date;
  first: boolean | null;
  first_reply_at: Date | null;
  last_reply_at: Date | null;
  last_reply_kind: 'agent' | 'bot' | null;
  last_reply_by: string | null;
  assignee_id: ExactId | null;
  assignee_kind: 'agent' | 'bot' | null;
  assignee_name: string | null;
  priority: string | null;
  labels: string[];
  customer_name: string | null;
}

/** The customers who wait for an answer, those nearest to a breach of their SLA first unless told otherwise. */
export async function readWaiting(services: Services, wish: WaitingWish): Promise<WaitingPage> {
  const { db } = services;
  const { filter, sort } = wish;
  const now = await chatwootNow(db.pool, wish.now);
  const where = `waiting_since IS NOT NULL AND $1::timestamptz IS NOT NULL AND ${FILTER[filter]}`;
  const counted = await db.pool.query<{ n: number }>(
    `SELECT count(*) AS n FROM conversations WHERE ${where}`,
    [now],
  );
  const total = counted.rows[0]!.n;
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const page = Math.min(Math.max(1, wish.page), pages);
  const { rows } = await db.pool.query<Row>(
    `SELECT c.*, w.first FROM conversations c
     LEFT JOIN waits w ON w.key = c.key AND w.since = c.waiting_since
     WHERE ${where.replaceAll(/\b(waiting_since|due_at|assignee_\w+)\b/g, 'c.$1')}
     ORDER BY ${ORDER[sort].replaceAll(/\b(key|waiting_since|due_at|assignee_name)\b/g, 'c.$1')}
     LIMIT ${PAGE_SIZE} OFFSET $2`,
    [now, (page - 1) * PAGE_SIZE],
  );
  const messages = await readLastMessages(
    services,
    rows.map(({ key }) => key),
    wish.withNames,
  );
  const items = rows.map((row) => ({
    ...itemOf(services, row, { ...wish, there: now }),
    ...(messages.get(row.key) ?? { lastMessage: null, channel: null }),
  }));
  return { items, total, page, pages };
}

function itemOf(
  { config }: Services,
  row: Row,
  { withNames, now, there }: WaitingWish & { there: Date },
): Omit<WaitingItem, 'lastMessage' | 'channel'> {
  const here = (at: Date) => new Date(at.getTime() - there.getTime() + now.getTime()).toISOString();
  const name = (text: string | null) => (withNames ? text : null);
  const sealed = name(row.customer_name);
  return {
    key: row.key,
    conversationId: row.conversation_id,
    customerName: sealed === null ? null : openText(config.DATA_ENCRYPTION_KEYS, sealed, row.key),
    status: row.status,
    waitingSince: here(row.waiting_since),
    dueAt: here(row.due_at),
    secondsLeft: Math.floor((row.due_at.getTime() - there.getTime()) / 1000),
    breached: row.due_at < there,
    first: row.first ?? row.first_reply_at === null,
    firstReplyAt: row.first_reply_at ? here(row.first_reply_at) : null,
    lastReply:
      row.last_reply_at && row.last_reply_kind
        ? { at: here(row.last_reply_at), kind: row.last_reply_kind, by: name(row.last_reply_by) }
        : null,
    assignee:
      row.assignee_id !== null && row.assignee_kind
        ? { id: row.assignee_id, kind: row.assignee_kind, name: name(row.assignee_name) }
        : null,
    priority: row.priority,
    labels: row.labels,
    url: conversationUrl(config.connection?.chatwootUrl ?? null, row.account, row.conversation_id),
  };
}

const MOST = 50;

/** Conversations in which only a machine waits for an answer, the newest first; nobody is hurried by them. */
export async function readMachines({ db, config }: Pick<Services, 'db' | 'config'>): Promise<MachineItem[]> {
  const { rows } = await db.pool.query<{
    key: string;
    account: string;
    conversation_id: ExactId;
    machine_since: Date;
  }>(
    `SELECT key, account, conversation_id, machine_since - ${CHATWOOT_AHEAD} AS machine_since FROM conversations
     WHERE machine_since IS NOT NULL ORDER BY conversations.machine_since DESC, key LIMIT ${MOST}`,
  );
  const chatwootUrl = config.connection?.chatwootUrl ?? null;
  return rows.map(({ key, account, conversation_id: conversationId, machine_since: since }) => ({
    key,
    conversationId,
    since: since.toISOString(),
    url: conversationUrl(chatwootUrl, account, conversationId),
  }));
}
