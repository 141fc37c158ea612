import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideWithheld } from '../../app/features/arrival/comparison/decide-withheld.server.ts';
import { readReconciliation } from '../../app/features/arrival/comparison/read-reconciliation.server.ts';
import { readWithheld } from '../../app/features/arrival/comparison/read-withheld.server.ts';
import { requestReconciliation } from '../../app/features/arrival/comparison/start-reconciliation.server.ts';
import type { WithheldSelection } from '../../app/features/arrival/comparison/reconciliation-view.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import type { Conversation, Message } from '../../app/sandbox/chatwoot/records.ts';
import { readLedger } from '../support/ledger.ts';
import { person } from '../support/person.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const mara = person('Mara', { role: 'responder' });

let world: ComparisonWorld;
beforeEach(async () => {
  world = await createComparisonWorld();
});
afterEach(() => world.close());

const query = async <T extends object>(text: string, values: unknown[] = []) =>
  (await world.services.db.pool.query<T>(text, values)).rows;

/** What was said so far was said, and came, so long ago: what was written since is ours to look for. */
async function longAgo(ms: number) {
  await world.settled();
  for (const { messages } of world.chatwoot.store.conversations.values())
    for (const message of messages) message.createdAt -= ms;
  await query(`UPDATE webhook_events SET received_at = received_at - $1 * interval '1 ms'`, [ms]);
  await query(`UPDATE inbox_messages SET created_at = created_at - $1 * interval '1 ms'`, [ms]);
}
async function listenedFor(ms: number) {
  const talk = world.begins();
  await longAgo(ms);
  return talk;
}

/** A message that was written `ms` ago. */
function aged(message: Message, ms: number): Message {
  message.createdAt = Date.now() - ms;
  return message;
}

async function compareAsPerson(since: Date | null = null) {
  const outcome = await requestReconciliation(world.services, { since, actor: mara, now: new Date() });
  expect(outcome.outcome).toBe('started');
  await world.reconcile();
  return outcome as Extract<typeof outcome, { outcome: 'started' }>;
}

/** Lets the next comparison by the clock be due. */
const later = () => query(`UPDATE reconciliations SET started_at = started_at - interval '1 hour'`);

/** What became of the fetched messages, by number. */
async function fates(): Promise<Record<number, string>> {
  const rows = await query<{ id: number; fate: string }>(
    `SELECT m.message_id AS id, d.state || COALESCE(':' || w.reason, '') AS fate
     FROM reconciled_messages m JOIN deliveries d USING (seq)
     LEFT JOIN withheld_messages w ON w.seq = m.seq AND w.decided_at IS NULL ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ id, fate }) => [id, fate]));
}
const eventsOf = (talk: Conversation) =>
  query<{ event: string; state: string }>(
    `SELECT event, state FROM deliveries WHERE conversation_id = $1 AND event <> 'conversation_updated'
       AND seq IN (SELECT seq FROM webhook_events WHERE source = 'reconciled') ORDER BY seq`,
    [String(talk.id)],
  );
const decide = (decision: 'send' | 'leave', selection: WithheldSelection = {}) =>
  decideWithheld(world.services, { decision, selection, actor: mara, now: new Date() });
const withheld = () => readWithheld(world.services, { withNames: true });

async function expectBalanced(count: number) {
  const { pool } = world.services.db;
  expect(await countLedger(pool)).toMatchObject({ balanced: true, unmatched: 0, withheld: count });
  expect(await readLedger(pool)).toMatchObject({ balanced: true, withheld: count });
}

test('what was answered or resolved since, or is older than a day, is recorded and not sent; the rest goes out', async () => {
  const [open, answered, resolved, old] = [world.begins(), world.begins(), world.begins(), world.begins()];
  await longAgo(3 * DAY);
  const lost: Record<string, Message> = {};
  await world.losing(() => {
    lost.fresh = world.says(open);
    lost.question = world.says(answered);
    lost.answer = world.says(answered, 'outgoing');
    lost.more = world.says(answered);
    lost.done = world.says(resolved);
    lost.note = world.says(resolved, 'outgoing', true);
    world.chatwoot.store.setStatus(resolved, 'resolved');
    lost.old = aged(world.says(old), 2 * DAY);
  });
  await world.reconcile();
  expect(await fates()).toEqual({
    [lost.fresh!.id]: 'pending',
    [lost.question!.id]: 'withheld:answered',
    [lost.answer!.id]: 'pending',
    [lost.more!.id]: 'pending',
    [lost.done!.id]: 'withheld:resolved',
    [lost.note!.id]: 'withheld:resolved',
    [lost.old!.id]: 'withheld:old',
  });
  await expectBalanced(4);
  const { counts, items } = await withheld();
  expect(counts).toEqual({ answered: 1, resolved: 2, old: 1 });
  expect(items.map(({ conversation, customer, reason }) => [conversation, customer, reason]).sort()).toEqual(
    [
      [String(answered.id), answered.contact.name, 'answered'],
      [String(resolved.id), resolved.contact.name, 'resolved'],
      [String(resolved.id), resolved.contact.name, 'resolved'],
      [String(old.id), old.contact.name, 'old'],
    ].sort(),
  );
  // Whoever may not see names gets none.
  const plain = await readWithheld(world.services, { withNames: false });
  expect(plain.items.map(({ customer }) => customer)).toEqual([null, null, null, null]);
  expect(await readReconciliation(world.services, { now: new Date() })).toMatchObject({
    lost: 7,
    withheld: 4,
    waiting: 3,
  });
});

test('what was deleted in Chatwoot is recorded as that and not sent, also when its webhook comes after all', async () => {
  const { store } = world.chatwoot;
  const talk = await listenedFor(HOUR);
  const lost: Message[] = [];
  const began: { talk?: Conversation } = {};
  await world.losing(() => {
    lost.push(world.says(talk), world.says(talk));
    store.deleteMessage(talk, lost[0]!);
    // A conversation of which only the first message was deleted begins with the second.
    began.talk = world.begins();
    lost.push(world.says(began.talk), world.says(began.talk));
    store.deleteMessage(
      began.talk,
      began.talk.messages.find(({ type }) => type === 'incoming')!,
    );
  });
  const late = world.lost.find((body) => {
    const { event, id } = JSON.parse(body) as Record<string, unknown>;
    return event === 'message_created' && id === lost[0]!.id;
  });
  await compareAsPerson();
  expect(await fates()).toMatchObject({
    [lost[0]!.id]: 'withheld:deleted',
    [lost[1]!.id]: 'pending',
    [lost[2]!.id]: 'pending',
  });
  expect((await eventsOf(began.talk!)).map(({ state }) => state)).toEqual([
    'pending',
    'withheld',
    'pending',
    'pending',
  ]);
  expect((await withheld()).counts).toEqual({ deleted: 2 });
  expect(await world.chatwoot.webhooks.send(world.hook, late!)).toMatchObject({ acknowledged: true });
  expect((await fates())[lost[0]!.id]).toBe('withheld:deleted');
  await expectBalanced(2);
});

test('a greeting, a bot and a note answer nobody, and an answer that failed is none', async () => {
  const talk = await listenedFor(HOUR);
  const lost: Message[] = [];
  await world.losing(() => {
    lost.push(world.says(talk));
    world.says(talk, 'outgoing', true);
    world.chatwoot.store.addMessage(talk, {
      type: 'template',
      content: 'Thank you for writing',
      private: false,
      sender: null,
    });
    world.says(talk, 'outgoing').status = 'failed';
  });
  await world.reconcile();
  expect((await fates())[lost[0]!.id]).toBe('pending');
  await expectBalanced(0);
});

test('what was imported into a time that was compared already is no news, nor what bears a later number than newer messages', async () => {
  const talk = await listenedFor(20 * HOUR);
  await world.reconcile();
  const imported: Message[] = [];
  await world.losing(() => {
    // Into the time before, which nothing was missing of.
    imported.push(aged(world.says(talk), 2 * HOUR), aged(world.says(talk), HOUR));
  });
  await compareAsPerson(new Date(Date.now() - 10 * HOUR));
  expect(await fates()).toEqual({
    [imported[0]!.id]: 'withheld:imported',
    [imported[1]!.id]: 'withheld:imported',
  });

  // Without an earlier comparison the number tells: a newer message has a lower one.
  await query(`UPDATE reconciliations SET state = 'failed' WHERE state = 'done'`);
  const other = world.begins();
  await world.settled();
  let dated: Message | undefined;
  await world.losing(() => {
    dated = aged(world.says(other), 5 * HOUR);
  });
  await compareAsPerson(new Date(Date.now() - 10 * HOUR));
  expect((await fates())[dated!.id]).toBe('withheld:imported');
});

test('what an earlier comparison could not read was not imported', async () => {
  const talk = await listenedFor(20 * HOUR);
  await world.reconcile();
  let lost: Message | undefined;
  await world.losing(() => {
    lost = aged(world.says(talk), 30 * MINUTE);
  });
  await query(
    `INSERT INTO uncompared (conversation_id, since, detail, first_at, last_at)
     VALUES ($1, now() - interval '1 hour', 'it answered 500', now(), now())`,
    [talk.id],
  );
  await later();
  await world.reconcile();
  expect((await fates())[lost!.id]).toBe('pending');
});

test('more than a hundred at once wait to be asked about; a hundred go out; each message is asked about once', async () => {
  const talk = await listenedFor(HOUR);
  await world.losing(() => {
    for (let n = 0; n < 100; n += 1) world.says(talk);
  });
  await compareAsPerson();
  expect(Object.values(await fates())).toEqual(Array.from({ length: 100 }, () => 'pending'));
  await expectBalanced(0);
  await world.losing(() => {
    for (let n = 0; n < 101; n += 1) world.says(talk);
  });
  await compareAsPerson();
  expect((await withheld()).counts).toEqual({ many: 101 });
  await expectBalanced(101);
  // Again, and by the clock: they are known.
  const again = await compareAsPerson();
  await later();
  await world.reconcile();
  expect((await withheld()).counts).toEqual({ many: 101 });
  expect((await readWithheld(world.services, { withNames: false, run: again.id })).counts).toEqual({});
  expect(await decide('send')).toEqual({ outcome: 'sent', count: 101 });
  await expectBalanced(0);
});

test('after a gap what was just written goes out by itself, however much it is', async () => {
  const talks = [await listenedFor(HOUR), world.begins(), world.begins()];
  await world.settled();
  await world.losing(() => {
    for (const talk of talks) for (let n = 0; n < 40; n += 1) world.says(talk);
  });
  await world.reconcile();
  expect(new Set(Object.values(await fates()))).toEqual(new Set(['pending']));
});

test('hours old and more than a hundred: an automatic comparison asks, too', async () => {
  const talk = await listenedFor(10 * HOUR);
  await world.losing(() => {
    for (let n = 0; n < 110; n += 1) aged(world.says(talk), 3 * HOUR - n * 1000);
  });
  await world.reconcile();
  expect((await withheld()).counts).toEqual({ many: 110 });
});

test('of a conversation that began meanwhile its beginning goes out with the first message that is sent', async () => {
  await listenedFor(3 * DAY);
  const talks: { whole?: Conversation; part?: Conversation; none?: Conversation } = {};
  await world.losing(() => {
    // Answered, and asked again: the beginning is needed at once.
    talks.part = world.begins();
    world.says(talks.part, 'outgoing');
    world.says(talks.part);
    talks.whole = world.begins();
    world.says(talks.whole);
    talks.none = world.begins();
    world.says(talks.none);
    for (const talk of [talks.whole, talks.none]) world.chatwoot.store.setStatus(talk, 'resolved');
  });
  await world.reconcile();
  expect(await eventsOf(talks.part!)).toEqual([
    { event: 'conversation_created', state: 'pending' },
    { event: 'message_created', state: 'withheld' },
    { event: 'message_created', state: 'pending' },
    { event: 'message_created', state: 'pending' },
  ]);
  expect((await withheld()).counts).toEqual({ answered: 1, resolved: 4 });
  const seqsOf = async (talk: Conversation) =>
    (await withheld()).items.flatMap(({ conversation, seq }) =>
      conversation === String(talk.id) ? [seq] : [],
    );

  const [, second] = await seqsOf(talks.whole!);
  expect(await decide('send', { seqs: [second!] })).toEqual({ outcome: 'sent', count: 1 });
  expect(await eventsOf(talks.whole!)).toEqual([
    { event: 'conversation_created', state: 'pending' },
    { event: 'message_created', state: 'withheld' },
    { event: 'message_created', state: 'pending' },
  ]);

  // Left one by one: the beginning stays as long as something of it may go out.
  const [one, two] = await seqsOf(talks.none!);
  expect(await decide('leave', { seqs: [one!] })).toEqual({ outcome: 'left', count: 1 });
  expect((await eventsOf(talks.none!)).map(({ state }) => state)).toEqual([
    'withheld',
    'discarded',
    'withheld',
  ]);
  expect(await decide('leave', { seqs: [two!] })).toEqual({ outcome: 'left', count: 1 });
  expect((await eventsOf(talks.none!)).map(({ state }) => state)).toEqual([
    'discarded',
    'discarded',
    'discarded',
  ]);
  expect(await countLedger(world.services.db.pool)).toMatchObject({ balanced: true, discarded: 3 });
});

test('two people decide at once, and one clicks twice: each message is decided once, and the audit log says by whom', async () => {
  const talk = await listenedFor(3 * DAY);
  await world.losing(() => {
    for (let n = 0; n < 30; n += 1) aged(world.says(talk), 2 * DAY - n * 1000);
  });
  await world.reconcile();
  const { upTo } = await withheld();
  const outcomes = await Promise.all([
    decide('send', { upTo }),
    decide('leave', { upTo }),
    decide('send', { upTo }),
  ]);
  const [done, ...rest] = outcomes.sort((a) => (a.outcome === 'nothing_withheld' ? 1 : -1));
  expect(done).toMatchObject({ count: 30 });
  expect(rest).toEqual([{ outcome: 'nothing_withheld' }, { outcome: 'nothing_withheld' }]);
  const sent = done.outcome === 'sent';
  expect(new Set(Object.values(await fates()))).toEqual(new Set([sent ? 'pending' : 'discarded']));
  const rows = await world.services.db.prisma.auditEntry.findMany({
    where: { action: { startsWith: 'reconcile.' } },
  });
  expect(rows.map(({ action, actorName, target }) => [action, actorName, target])).toEqual([
    [sent ? 'reconcile.send_withheld' : 'reconcile.leave_withheld', 'Mara', '30 fetched messages'],
  ]);
  await expectBalanced(0);
});

test('whoever is killed in the middle of it has decided nothing, and the next one all of it', async () => {
  const talk = await listenedFor(3 * DAY);
  await world.losing(() => {
    for (let n = 0; n < 5; n += 1) aged(world.says(talk), 2 * DAY - n * 1000);
  });
  await world.reconcile();
  const { pool } = world.services.db;
  // The audit log's end is held, so that the decision waits right before its commit.
  const blocker = await pool.connect();
  await blocker.query('BEGIN');
  await blocker.query('SELECT * FROM audit_head FOR UPDATE');
  const deciding = decide('send').catch((error: unknown) => error);
  let victim: number | undefined;
  for (let tries = 0; victim === undefined && tries < 600; tries += 1) {
    const [row] = await query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%audit_log%' AND datname = current_database()`,
    );
    victim = row?.pid;
    if (victim === undefined) await new Promise((done) => setTimeout(done, 20));
  }
  await query('SELECT pg_terminate_backend($1)', [victim]);
  await deciding;
  await blocker.query('ROLLBACK');
  blocker.release();
  expect((await withheld()).counts).toEqual({ old: 5 });
  await expectBalanced(5);
  expect(await decide('send')).toEqual({ outcome: 'sent', count: 5 });
});

test('a webhook that comes after all: it ends the question about number and age, and no other', async () => {
  const [old, answered] = [world.begins(), world.begins()];
  await longAgo(3 * DAY);
  await world.losing(() => {
    aged(world.says(old), 2 * DAY);
    world.says(answered);
    world.says(answered, 'outgoing');
  });
  const late = world.lost.filter((body) => {
    const { event, message_type: type } = JSON.parse(body) as Record<string, unknown>;
    return event === 'message_created' && type === 'incoming';
  });
  // As it was stored in Chatwoot: the time of the message is part of its name.
  const bodies = late.map((body) => {
    const payload = JSON.parse(body) as { id: number; created_at: string };
    const message = [...old.messages, ...answered.messages].find(({ id }) => id === payload.id)!;
    return JSON.stringify({ ...payload, created_at: new Date(message.createdAt).toISOString() });
  });
  await world.reconcile();
  expect((await withheld()).counts).toEqual({ old: 1, answered: 1 });
  for (const body of bodies)
    expect(await world.chatwoot.webhooks.send(world.hook, body)).toMatchObject({ acknowledged: true });
  expect(await withheld()).toMatchObject({ counts: { answered: 1 }, items: [{ late: true }] });
  expect(Object.values(await fates()).sort()).toEqual(['pending', 'pending', 'withheld:answered']);
  await expectBalanced(1);
  // Once more is once too often.
  for (const body of bodies) await world.chatwoot.webhooks.send(world.hook, body);
  await expectBalanced(1);
});
