import { afterEach, beforeEach, expect, test } from 'vitest';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { readReconciliation } from '../../app/features/arrival/comparison/read-reconciliation.server.ts';
import { controlReconciliation } from '../../app/features/arrival/comparison/control-reconciliation.server.ts';
import { requestReconciliation } from '../../app/features/arrival/comparison/start-reconciliation.server.ts';
import { tickReconciliation } from '../../app/features/arrival/comparison/tick-reconciliation.server.ts';
import { person } from '../support/person.ts';
import { readOverview } from '../../app/features/overview/read-overview.server.ts';
import { QUIET_INTAKE } from '../overview/intake-status.ts';
import { readLedger } from '../support/ledger.ts';
import { until } from '../support/until.ts';
import { insertWebhooks } from '../../app/features/intake/insert-webhooks.server.ts';
import type { WebhookPayload } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { inboxRow } from '../waiting/store-events.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

let world: ComparisonWorld;
beforeEach(async () => {
  world = await createComparisonWorld();
});
afterEach(() => world.close());

const messageIds = async () => (await world.inbox()).map(({ message }) => message);
const sorted = (numbers: number[]) => [...numbers].sort((a, b) => a - b);
const lostMessages = () =>
  world.lost.flatMap((body) => {
    const payload = JSON.parse(body) as { event: string; id: number };
    return payload.event === 'message_created' ? [payload.id] : [];
  });

test('the endpoint is down for part of the time: exactly what was lost is recovered, none twice, in order', async () => {
  const talks = [world.begins(), world.begins(), world.begins()];
  await world.settled();
  await world.losing(() => {
    for (const talk of talks) {
      world.says(talk);
      world.says(talk, 'outgoing', true);
      world.says(talk, 'outgoing');
    }
    world.begins();
    world.chatwoot.store.assign(talks[0]!, world.chatwoot.store.agents[0]!);
  });
  talks.push(world.begins());
  world.says(talks[0]!);
  await world.settled();
  expect(lostMessages()).toHaveLength(10);

  await world.reconcile();
  const inbox = await world.inbox();
  const recovered = inbox.filter(({ source }) => source === 'reconciled');
  expect(sorted(recovered.map(({ message }) => message))).toEqual(sorted(lostMessages()));
  expect(sorted(inbox.map(({ message }) => message))).toEqual(world.inChatwoot());
  for (const { id } of talks) {
    const own = recovered.filter(({ key }) => key === `2:${id}`).map(({ message }) => message);
    expect(own).toEqual(sorted(own));
  }
  const ledger = await countLedger(world.services.db.pool);
  expect(ledger).toMatchObject({ balanced: true, reconciled: 10 });
  expect(await readLedger(world.services.db.pool)).toMatchObject({
    received: ledger.received,
    balanced: true,
    reconciled: 10,
  });

  // Once more, over the same time: nothing is left to find.
  await world.services.db.pool.query(
    `UPDATE reconciliations SET started_at = started_at - interval '1 hour'`,
  );
  await world.reconcile();
  expect(await world.inbox()).toEqual(inbox);
  expect(await world.services.db.prisma.reconciliation.count()).toBe(2);
});

test('what was fetched is no webhook that came: intake tile, trend and the words about the last one leave it out, the ledger counts it', async () => {
  const talk = world.begins();
  await world.settled();
  const { services } = world;
  const came = (await services.db.pool.query('SELECT FROM webhook_events')).rowCount!;
  await services.db.pool.query(`UPDATE webhook_events SET received_at = received_at - interval '9 minutes'`);
  await services.db.pool.query(
    `UPDATE fact_rollups SET bucket = bucket - interval '1 hour' WHERE metric = 'received' AND resolution = 'minute'`,
  );
  await world.losing(() => {
    world.says(talk);
    world.says(talk);
  });
  await world.reconcile();
  const now = new Date();
  const overview = await readOverview(services, QUIET_INTAKE, { range: '1h', now });
  const tile = overview.tiles.find(({ id }) => id === 'intake')!;
  expect(tile.figure).toBe('0 in 10 min');
  expect(tile.details[0]).toBe('Last one 9 min ago');
  expect(tile.details).toContain('2 events fetched from Chatwoot, because no webhook told of them');
  expect(tile.trend.filter(({ value }) => value !== null && value > 0)).toEqual([]);
  expect((await countLedger(services.db.pool)).received).toBe(came + 2);
  expect(overview.ledger).toMatchObject({ received: came + 2, balanced: true, reconciled: 2 });
});

test('a recovered event has the shape of the webhook that was lost', async () => {
  const talk = world.begins();
  await world.settled();
  await world.losing(() => {
    world.says(talk);
    world.says(talk, 'outgoing');
  });
  await world.reconcile();
  const { rows } = await world.services.db.pool.query<{ body: string }>(
    `SELECT convert_from(body, 'UTF8') AS body FROM webhook_events WHERE source = 'reconciled' ORDER BY seq`,
  );
  const originals = world.lost.flatMap((body) => {
    const payload = JSON.parse(body) as Record<string, unknown>;
    return payload.event === 'message_created' ? [payload] : [];
  });
  expect(rows).toHaveLength(2);
  for (const [index, { body }] of rows.entries()) {
    const made = JSON.parse(body) as Record<string, Record<string, unknown>>;
    const original = originals[index] as Record<string, Record<string, unknown>>;
    expect(Object.keys(made).sort()).toEqual(Object.keys(original).sort());
    expect(Object.keys(made.conversation!).sort()).toEqual(Object.keys(original.conversation!).sort());
    const { created_at: _at, conversation: _made, sender: madeSender, ...flat } = made;
    const { created_at: _was, conversation: _original, sender, ...flatOriginal } = original;
    expect(flat).toEqual(flatOriginal);
    // The API does not tell an agent's address.
    expect({ ...madeSender, email: null }).toEqual({ ...sender, email: null });
    expect(made.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    expect(made.conversation!.meta).toEqual(original.conversation!.meta);
    expect((made.conversation!.messages as { id: number }[])[0]!.id).toBe(made.id);
  }
  // The same keys as the real one would have had.
  const { rows: keys } = await world.services.db.pool.query(
    `SELECT DISTINCT conversation_key, customer_key, conversation_id FROM deliveries WHERE event = 'message_created'`,
  );
  expect(keys).toHaveLength(1);
  const { rows: signals } = await world.services.db.pool.query<{ signal: string }>(
    `SELECT d.signal FROM deliveries d JOIN webhook_events e USING (seq) WHERE e.source = 'reconciled' ORDER BY seq`,
  );
  expect(signals.map(({ signal }) => signal)).toEqual(['customer_message', 'agent_reply']);
});

test('a webhook that comes late after all is a duplicate, and the message was late, not lost', async () => {
  const talk = world.begins();
  await world.settled();
  await world.losing(() => {
    world.says(talk);
    world.says(talk);
  });
  await world.reconcile();
  const before = await messageIds();
  const [late] = world.lost.filter(
    (body) => (JSON.parse(body) as { event: string }).event === 'message_created',
  );
  expect(await world.chatwoot.webhooks.send(world.hook, late!)).toMatchObject({ acknowledged: true });
  expect(await world.chatwoot.webhooks.send(world.hook, late!)).toMatchObject({ acknowledged: true });
  await world.settled();
  expect(await messageIds()).toEqual(before);
  expect(await countLedger(world.services.db.pool)).toMatchObject({ balanced: true });
  const span = { from: new Date(Date.now() - 60_000), to: new Date() };
  expect(await readReconciliation(world.services, { ...span, now: new Date() })).toMatchObject({
    lost: 1,
    late: 1,
    waiting: 2,
  });
});

test('webhooks that arrive while the same messages are compared: each message is delivered once', async () => {
  const talk = world.begins();
  await world.settled();
  for (let round = 0; round < 12; round += 1) {
    const at = world.lost.length;
    await world.losing(() => {
      for (let n = 0; n < 8; n += 1) world.says(talk);
    });
    const late = world.lost.slice(at);
    await world.services.db.pool.query(
      `UPDATE reconciliations SET started_at = started_at - interval '1 hour'`,
    );
    await Promise.all([
      world.reconcile(),
      ...late.map((body) => world.chatwoot.webhooks.send(world.hook, body)),
    ]);
    await world.settled();
  }
  expect(sorted(await messageIds())).toEqual(world.inChatwoot());
  expect(await countLedger(world.services.db.pool)).toMatchObject({ balanced: true });
});

test('an insert of webhooks that has not committed is waited for, and its message is not recovered', async () => {
  const talk = world.begins();
  await world.settled();
  const { pool } = world.services.db;
  await world.losing(() => void world.says(talk));
  const body = world.lost.find(
    (text) => (JSON.parse(text) as { event: string }).event === 'message_created',
  )!;
  const inserting = await pool.connect();
  await inserting.query('BEGIN');
  await insertWebhooks(inserting, [inboxRow(world.services, JSON.parse(body) as WebhookPayload)], 'direct');
  const reconciling = world.reconcile();
  await until('it waits for the insert', async () => {
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`,
    );
    return rows[0]!.n > 0;
  });
  await inserting.query('COMMIT');
  inserting.release();
  await reconciling;
  expect((await world.inbox()).map(({ source }) => source)).toEqual(['webhook', 'webhook']);
});

test('long conversations are read page by page, and Chatwoot is asked as slowly as it wants', async () => {
  const talk = world.begins();
  await world.settled();
  await world.losing(() => {
    for (let n = 0; n < 65; n += 1) world.says(talk);
  });
  world.chatwoot.setThrottle({ requests: 2, windowMs: 1000, retryAfter: 1 });
  await world.reconcile();
  world.chatwoot.setThrottle(null);
  expect(world.chatwoot.throttledCount()).toBeGreaterThan(0);
  expect(sorted(await messageIds())).toEqual(world.inChatwoot());
});

test('what was said before the first webhook is not missing, and nothing is compared before it came', async () => {
  await world.losing(() => void world.begins());
  await world.reconcile();
  expect(await world.services.db.prisma.reconciliation.count()).toBe(0);
  expect(await readReconciliation(world.services, { now: new Date() })).toMatchObject({
    state: 'nothing_received',
  });
  const talk = [...world.chatwoot.store.conversations.values()][0]!;
  for (const message of talk.messages) message.createdAt -= 60_000;
  world.says(talk);
  await world.settled();
  await world.reconcile();
  expect(await messageIds()).toEqual([talk.messages.at(-1)!.id]);
});

test('of an incident: nothing is proved before it is over and compared to its end', async () => {
  const talk = world.begins();
  await world.settled();
  const { pool } = world.services.db;
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by)
     VALUES ('intake', 'Webhooks do not arrive', 'P1', now(), now(), 'rule') RETURNING id`,
  );
  const read = () => readReconciliation(world.services, { incidentId: rows[0]!.id, now: new Date() });
  await world.losing(() => void world.says(talk));
  await world.reconcile();
  expect(await read()).toMatchObject({ complete: false, lost: 1 });
  await pool.query(`UPDATE incidents SET recovered_at = now() + interval '1 second'`);
  expect(await read()).toMatchObject({ complete: false, lost: 1 });
  await world.reconcile(() => new Date(Date.now() + 2000));
  expect(await read()).toMatchObject({ complete: true, lost: 1 });
  const runs = await world.services.db.prisma.reconciliation.findMany({ orderBy: { id: 'asc' } });
  expect(runs.map(({ cause, incidentId }) => [cause, incidentId])).toEqual([
    ['clock', null],
    ['recovery', BigInt(rows[0]!.id)],
  ]);
});

test('Chatwoot cannot be asked: it says since when nothing was compared, and goes on by itself later', async () => {
  const talk = world.begins();
  await world.settled();
  await world.reconcile();
  const through = (await readReconciliation(world.services, { now: new Date() })).through!;
  await world.losing(() => void world.says(talk));
  await world.chatwoot.setMode('down');
  const at = (minutes: number) => () => new Date(Date.now() + minutes * 60_000);
  await world.reconcile(at(16));
  expect(await readReconciliation(world.services, { now: at(16)() })).toMatchObject({
    state: 'failing',
    through,
    detail: expect.stringMatching(/cannot be reached/) as string,
  });
  await world.reconcile(at(16.5));
  expect(await world.services.db.prisma.reconciliation.count()).toBe(2);
  await world.chatwoot.setMode('ok');
  await world.reconcile(at(17.5));
  expect(await messageIds()).toHaveLength(2);
  expect(await readReconciliation(world.services, { now: at(17.5)() })).toMatchObject({
    state: 'compared',
    detail: null,
  });
});

test('nothing is compared while acknowledged webhooks wait in a file of some process', async () => {
  world.begins();
  await world.settled();
  const { pool } = world.services.db;
  await pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen, spooled)
     VALUES (gen_random_uuid(), 'web', 'elsewhere', 1, now(), now(), 3)`,
  );
  await world.reconcile();
  expect(await world.services.db.prisma.reconciliation.count()).toBe(0);
  await pool.query('UPDATE processes SET spooled = 0');
  await world.reconcile();
  expect(await world.services.db.prisma.reconciliation.count()).toBe(1);
});

const MARA = person('Mara');

test('a person pauses a comparison, lets it go on, and gives it up; what was not compared is not said to be', async () => {
  const talks = Array.from({ length: 6 }, () => world.begins());
  await world.settled();
  await world.reconcile();
  await world.losing(() => talks.forEach((talk) => world.says(talk)));
  const { services } = world;
  const now = () => new Date(Date.now() + 60_000);
  const control = (verb: 'pause' | 'resume' | 'cancel', id: number) =>
    controlReconciliation(services, { id, verb, actor: MARA, now: now() });
  const read = () => readReconciliation(services, { now: now() });
  const ask = () => requestReconciliation(services, { since: null, actor: MARA, now: now() });
  const first = await ask();
  if (first.outcome !== 'started') throw new Error(first.outcome);
  await until('some are compared', async () => {
    await tickReconciliation(services, now);
    return ((await read()).progress?.checked ?? 0) > 0;
  });

  expect(await control('pause', first.id)).toBe('comparison_paused');
  const paused = await read();
  expect(paused).toMatchObject({ state: 'paused', detail: 'Mara', progress: { id: first.id, of: 6 } });
  await world.reconcile(now);
  expect((await read()).progress).toEqual(paused.progress);
  expect(await ask()).toEqual({ outcome: 'paused', id: first.id });
  expect(await control('pause', first.id)).toBe('comparison_not_changed');
  // One of a gap that ran meanwhile neither hides that nor takes its buttons away.
  const urgent = await services.db.pool.query<{ id: number }>(
    `INSERT INTO reconciliations (since, until, cause, state, started_at, finished_at, urgent, partial)
     VALUES (now() - interval '1 hour', now(), 'recovery', 'done', now(), now(), true, true) RETURNING id`,
  );
  expect(await read()).toMatchObject({ state: 'paused', detail: 'Mara', progress: { id: first.id } });
  await services.db.pool.query('DELETE FROM reconciliations WHERE id = $1', [urgent.rows[0]!.id]);

  expect(await control('resume', first.id)).toBe('comparison_resumed');
  await world.reconcile(now);
  expect(await read()).toMatchObject({ state: 'compared', lost: 6 });
  const { through } = await read();

  await world.losing(() => talks.forEach((talk) => world.says(talk)));
  const second = await ask();
  if (second.outcome !== 'started') throw new Error(second.outcome);
  expect(await control('cancel', second.id)).toBe('comparison_cancelled');
  await world.reconcile(now);
  expect(await read()).toMatchObject({ state: 'compared', through, progress: null, lost: 6 });
  // The next one begins where the last complete one ended.
  expect((await ask()).outcome).toBe('started');
  await world.reconcile(now);
  expect(await read()).toMatchObject({ state: 'compared', lost: 12 });
});

test('the comparison of a gap is not paused: customers wait for what is missing', async () => {
  world.begins();
  await world.settled();
  const { services } = world;
  const { rows } = await services.db.pool.query<{ id: number }>(
    `INSERT INTO reconciliations (since, until, cause, started_at, urgent, partial)
     VALUES (now() - interval '1 hour', now(), 'recovery', now(), true, true) RETURNING id`,
  );
  for (const verb of ['pause', 'cancel'] as const)
    expect(
      await controlReconciliation(services, { id: rows[0]!.id, verb, actor: MARA, now: new Date() }),
    ).toBe('comparison_not_changed');
});
