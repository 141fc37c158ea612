import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { createChatwootClient, type ChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { mergeSnapshots } from '../../app/features/waiting/apply-changes.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { logEntry } from '../../app/features/tickets/change-ticket.server.ts';
import { cancelMerges, planMerge, startMerge } from '../../app/features/tickets/merge/start-merge.server.ts';
import { readMergeProgress } from '../../app/features/tickets/read-tickets.server.ts';
import { tickMerges } from '../../app/features/tickets/merge/tick-merges.server.ts';
import { runInBackground, type BackgroundProcess } from '../support/app-process.ts';
import type { TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { startHoldingProxy, type HoldingProxy } from '../fallback/proxy.ts';
import { BEN, startWithChatwoot, ticketWorld, type TicketWorld } from './world.ts';

let chatwoot: Chatwoot;
let services: TestServices;
let proxy: HoldingProxy;
let world: TicketWorld;
let api: ChatwootClient;
let workers: BackgroundProcess[];

beforeEach(async () => {
  const started = await startWithChatwoot(async (url) => {
    proxy = await startHoldingProxy(url);
    return proxy.url;
  });
  chatwoot = started.chatwoot;
  services = started.services;
  world = ticketWorld(services);
  api = createChatwootClient({ baseUrl: chatwoot.url, accountId: '2', apiToken: chatwoot.apiToken });
  workers = [];
});
afterEach(async () => {
  for (const worker of workers) await worker.kill('SIGKILL');
  await services.close();
  await proxy.stop();
  await chatwoot.stop();
});

/** The website inbox of the simulated Chatwoot. */
const INBOX = 5;
const start = (ticketIds: number[], inboxId = INBOX) =>
  startMerge(services, { ticketIds, inboxId, actor: BEN, now: new Date() });
async function work(): Promise<void> {
  while (await tickMerges(services, new Date()));
}
async function value<T>(answer: Promise<{ outcome: 'ok'; value: T } | { outcome: string }>): Promise<T> {
  const got = await answer;
  if (!('value' in got)) throw new Error(got.outcome);
  return got.value;
}
/** What Chatwoot has of tickets: conversations by marker, each with its notes of ours. */
async function inChatwoot() {
  const conversations = await value(api.listConversations({ status: 'all' }));
  const own = conversations.filter(
    ({ raw }) => (raw.custom_attributes as { outage_ticket?: string }).outage_ticket,
  );
  return Promise.all(
    own.map(async ({ id, contactId, status, raw }) => {
      const { messages } = await value(api.listMessages(id));
      const notes = messages.filter(({ contentAttributes }) => contentAttributes.outage_ticket);
      return { id, contactId, status, attributes: raw.custom_attributes as Record<string, string>, notes };
    }),
  );
}

test('a dry run changes nothing; then contact, conversation and note, and the clock goes with them', async () => {
  const known = await value(api.createContact({ name: 'Cleo in Chatwoot', email: 'Cleo@example.com' }));
  const cleo = await world.add({ minutesAgo: '20' });
  const bob = await world.add({ customer: 'Bob', email: '' });
  await logEntry(services, {
    ticketId: cleo,
    kind: 'note',
    text: 'parcel 1881',
    actor: BEN,
    now: new Date(),
  });
  const plan = await planMerge(services, { ticketIds: null, inboxId: null, withTexts: true });
  expect(plan).toMatchObject({
    outcome: 'planned',
    items: [
      { ticket: { id: cleo }, contact: { kind: 'known', id: known.id } },
      { ticket: { id: bob }, contact: { kind: 'new' } },
    ],
  });
  expect(proxy.log.filter((call) => call.startsWith('POST'))).toEqual([]);
  expect(await start([cleo, bob])).toEqual({ outcome: 'started', count: 2, left: 0 });
  expect(await start([cleo, bob])).toEqual({ outcome: 'nothing_chosen' });
  await work();
  const merged = await inChatwoot();
  expect(merged).toHaveLength(2);
  const { ticket, entries } = await world.read(cleo);
  const own = merged.find(({ id }) => id === ticket.merge!.conversationId)!;
  expect(own).toMatchObject({ contactId: known.id, status: 'open' });
  expect(own.attributes).toMatchObject({
    outage_ticket_number: `T-${cleo}`,
    outage_waiting_since: ticket.receivedAt,
  });
  expect(own.notes).toMatchObject([
    { private: true, content: expect.stringContaining('note: parcel 1881') as string },
  ]);
  expect(ticket.merge).toMatchObject({ state: 'done', by: 'Ben' });
  expect(entries.at(-1)).toMatchObject({
    kind: 'merge',
    text: `Goes on in Chatwoot, conversation ${own.id}`,
  });
  const { action, target } = (await world.audit()).at(-1)!;
  expect([action, target]).toEqual(['tickets.merged', `ticket T-${bob}`]);
});

test('who waits here waits since the ticket, and who was answered does not wait', async () => {
  const waiting = await world.add({ minutesAgo: '45' });
  const answered = await world.add({ customer: 'Bob', email: 'bob@example.com', minutesAgo: '45' });
  await logEntry(services, { ticketId: answered, kind: 'reply', text: 'Hi', actor: BEN, now: new Date() });
  const untimed = await world.add({ customer: 'Dan', email: 'dan@example.com', minutesAgo: '45' });
  // As a spreadsheet says it that does not say when.
  await services.db.pool.query("UPDATE manual_tickets SET status = 'answered' WHERE id = $1", [untimed]);
  await start([waiting, answered, untimed]);
  await work();
  const conversations = await value(api.listConversations({ status: 'all' }));
  await inTransaction(services.db.pool, (client) =>
    mergeSnapshots(client, services.config, conversations, new Date()),
  );
  const { rows } = await services.db.pool.query<{ conversation_id: number; waiting_since: Date | null }>(
    'SELECT conversation_id, waiting_since FROM conversations',
  );
  const since = async (id: number) => {
    const { ticket } = await world.read(id);
    const row = rows.find((one) => one.conversation_id === ticket.merge!.conversationId)!;
    return { since: row.waiting_since?.toISOString() ?? null, receivedAt: ticket.receivedAt };
  };
  const first = await since(waiting);
  expect(first.since).toBe(first.receivedAt);
  expect((await since(answered)).since).toBeNull();
  expect((await since(untimed)).since).toBeNull();
});

const isContact = (call: string) => call.startsWith('POST ') && call.endsWith('/contacts');
const isConversation = (call: string) => call.startsWith('POST ') && call.endsWith('/conversations');
const isNote = (call: string) => call.startsWith('POST ') && call.endsWith('/messages');

test('killed with -9 before and after every call that makes something: one contact, conversation and note each', async () => {
  const ids = [
    await world.add({ minutesAgo: '9' }),
    await world.add({ customer: 'Bob', email: '', minutesAgo: '8' }),
  ];
  const points = [isContact, isConversation, isNote].flatMap(
    (matches) =>
      [
        ['before', matches],
        ['after', matches],
      ] as const,
  );
  await start(ids);
  // Of the first ticket all six; the second is left to the last process.
  for (const [when, matches] of points) {
    const held = proxy.hold(when, matches);
    const worker = startWorker();
    await held;
    await worker.kill('SIGKILL');
    // To the others it is gone as if 8 s had passed.
    await services.db.pool.query(
      `UPDATE processes SET last_seen = last_seen - interval '1 minute' WHERE pid = $1`,
      [worker.pid],
    );
  }
  startWorker();
  await until('both are in Chatwoot', async () => (await world.list()).counts.merged === 2, 90_000);
  const merged = await inChatwoot();
  expect(merged.map(({ attributes }) => attributes.outage_ticket_number).sort()).toEqual(
    ids.map((id) => `T-${id}`),
  );
  expect(merged.map(({ notes }) => notes.length)).toEqual([1, 1]);
  expect(await value(api.searchContacts('cleo@example.com'))).toHaveLength(1);
  expect(await value(api.searchContacts('outage-ticket-'))).toHaveLength(1);
  expect(proxy.log.filter((call) => isContact(call) || isConversation(call) || isNote(call))).toHaveLength(6);
}, 240_000);

test('two workers share the tickets and make each once', async () => {
  const ids = [];
  for (let n = 0; n < 8; n += 1) ids.push(await world.add({ customer: `C${n}`, email: `c${n}@example.com` }));
  const other = { ...services, processId: crypto.randomUUID() };
  for (const { processId } of [services, other])
    await services.db.pool.query(
      `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'worker', 'test', 1, now(), now() + interval '1 hour')`,
      [processId],
    );
  await start(ids);
  const all = async (one: typeof other) => {
    while (await tickMerges(one, new Date()));
  };
  await Promise.all([all(services as never), all(other)]);
  expect(await inChatwoot()).toHaveLength(8);
});

test('Chatwoot away: tried again later, then left to a person, who can try again', async () => {
  const id = await world.add();
  await start([id]);
  await chatwoot.stop();
  let at = Date.now();
  for (let tried = 1; tried <= 5; tried += 1) {
    expect(await tickMerges(services, new Date(at))).toBe(true);
    expect(await tickMerges(services, new Date(at))).toBe(false);
    at += 30_000 * 2 ** tried;
  }
  const { ticket } = await world.read(id);
  expect(ticket.merge).toMatchObject({ state: 'failed', conversationId: null });
  expect(ticket.merge!.result).toContain('Chatwoot cannot be reached');
  expect(await start([id])).toMatchObject({ outcome: 'chatwoot_failed' });
});

test('how far it is: what is left, and what was done since it was asked for', async () => {
  expect(await readMergeProgress(services)).toBeNull();
  const [first, second] = [await world.add(), await world.add()];
  await start([first]);
  await work();
  await start([second]);
  const { since, ...counts } = (await readMergeProgress(services))!;
  expect(counts).toEqual({ waiting: 1, running: 0, done: 0 });
  expect(Date.parse(since!)).toBeLessThanOrEqual(Date.now());
  await services.db.pool.query('UPDATE manual_tickets SET merged_at = $1 WHERE id = $2', [since, first]);
  expect(await readMergeProgress(services)).toMatchObject({ done: 1 });
  // One that is tried again says nothing of the pace.
  await services.db.pool.query('UPDATE manual_tickets SET merge_attempts = 1 WHERE id = $1', [second]);
  expect(await readMergeProgress(services)).toMatchObject({ since: null, done: 0 });
});

test('closed tickets stay, an inbox that there is none of is refused', async () => {
  const id = await world.add();
  await services.db.pool.query(`UPDATE manual_tickets SET status = 'closed'`);
  expect(await start([id])).toEqual({ outcome: 'nothing_chosen' });
  expect(await start([id], 4711)).toEqual({ outcome: 'inbox_unknown' });
  expect(await start([])).toEqual({ outcome: 'nothing_chosen' });
});

test('those that wait are kept out; the one that was begun goes on, and what was cancelled can be brought in later', async () => {
  const [begun, kept] = [await world.add(), await world.add()];
  await start([begun, kept]);
  await services.db.pool.query(
    "UPDATE manual_tickets SET merge_attempts = 1, received_at = received_at - interval '1 hour' WHERE id = $1",
    [begun],
  );
  expect(await cancelMerges(services, { actor: BEN, now: new Date() })).toBe(1);
  expect(await cancelMerges(services, { actor: BEN, now: new Date() })).toBe(0);
  await work();
  expect((await world.read(begun)).ticket.merge?.state).toBe('done');
  expect((await world.read(kept)).ticket.merge).toBeNull();
  expect(await start([kept])).toMatchObject({ outcome: 'started', count: 1 });
}, 60_000);

function startWorker(): BackgroundProcess {
  const worker = runInBackground(['test/tickets/merge-process.ts'], {
    LOG_LEVEL: 'silent',
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: proxy.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  });
  workers.push(worker);
  return worker;
}
