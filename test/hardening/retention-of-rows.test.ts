import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeFinished } from '../../app/features/delivery/remove-old-events.server.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { pruneRollups, removeFacts } from '../../app/features/facts/remove-facts.server.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { readLedger } from '../support/ledger.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { openShop, projectAll, storeEvents } from '../waiting/store-events.ts';
import { pruneWaiting } from '../../app/features/waiting/tick-waiting.server.ts';

const NOW = new Date('2026-11-29T03:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);
const at = (days: number) => ({ receivedAt: daysAgo(days), deadAt: daysAgo(days) });
const run = { retentionDays: 90, now: NOW, forMs: 60_000 };

let services: TestServices;
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(() => services.close());

const left = async (table: string) =>
  (await services.db.pool.query<{ seq: number }>(`SELECT seq FROM ${table} ORDER BY seq`)).rows.map(
    ({ seq }) => seq,
  );

test('settled events go after their time, with deliveries and attempts; what waits or is open stays; the ledger adds up', async () => {
  const seqs = async (spec: Parameters<typeof insertEvents>[1]) =>
    (await insertEvents(services, spec)).map(({ seq }) => seq);
  const gone = [
    ...(await seqs({ state: 'delivered', count: 30, ...at(400) })),
    ...(await seqs({ state: 'discarded', count: 3, ...at(400) })),
  ];
  const kept = [
    ...(await seqs({ state: 'dead', count: 2, ...at(400) })),
    ...(await seqs({ state: 'pending', ...at(400) })),
    // Received long ago, discarded lately.
    ...(await seqs({ state: 'discarded', receivedAt: daysAgo(400), deadAt: daysAgo(1) })),
    ...(await seqs({ state: 'delivered', count: 5, ...at(89) })),
  ];
  const before = await countLedger(services.db.pool);
  expect(before.balanced).toBe(true);
  expect(await removeFinished(services.db.pool, run)).toBe(gone.length);
  for (const table of ['webhook_events', 'deliveries']) expect(await left(table)).toEqual(kept);
  expect(await left('attempts')).toEqual(kept.filter((seq) => seq !== kept[2]));
  expect(await countLedger(services.db.pool)).toEqual(before);
  expect(await readLedger(services.db.pool)).toMatchObject({
    received: 42,
    delivered: 35,
    discarded: 4,
    balanced: true,
  });
  expect(await removeFinished(services.db.pool, run)).toBe(0);
  expect(await removeFinished(services.db.pool, { ...run, retentionDays: 0 })).toBe(0);
});

test('more than one batch, interrupted, goes on where it was and counts nothing twice', async () => {
  await insertEvents(services, { state: 'dead', count: 10, ...at(200) });
  await insertEvents(services, { state: 'delivered', count: 4500, ...at(200) });
  const before = await countLedger(services.db.pool);
  let removed = 0;
  for (let i = 0; i < 10 && removed < 4500; i += 1)
    removed += await removeFinished(services.db.pool, { ...run, forMs: i === 0 ? 0.001 : 60_000 });
  expect(removed).toBe(4500);
  expect(await left('deliveries')).toHaveLength(10);
  expect(await countLedger(services.db.pool)).toEqual(before);
});

test('old facts go by type, but for those of open dead letters and the ends of the audit log', async () => {
  await insertEvents(services, { state: 'dead', count: 2, ...at(500) });
  await insertEvents(services, { state: 'discarded', count: 4, ...at(500) });
  const fact = (type: string, days: number) =>
    services.db.pool.query(
      "INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at) VALUES ($1, 'support', '{}', '{}', $2)",
      [type, daysAgo(days)],
    );
  await fact('support.audit.head', 900);
  await fact('support.health.check', 401);
  await fact('support.health.check', 399);
  await fact('support.breaker.opened', 401);
  expect(await removeFacts(services.db.pool, { retentionDays: 400, now: NOW, forMs: 60_000 })).toBe(6);
  const { rows } = await services.db.pool.query<{ type: string; n: number }>(
    'SELECT fact_type AS type, count(*) AS n FROM dashboard_facts GROUP BY 1 ORDER BY 1',
  );
  expect(rows).toEqual([
    { type: 'support.audit.head', n: 1 },
    { type: 'support.health.check', n: 1 },
    { type: 'support.webhook.dead_letter', n: 2 },
  ]);
  await expect(services.db.pool.query('DELETE FROM dashboard_facts')).rejects.toThrow('append-only');
  // TRUNCATE passes by what guards each row, also with what would let the daily job delete, and within others.
  for (const statement of [
    'TRUNCATE dashboard_facts',
    'TRUNCATE dashboard_facts CASCADE',
    'TRUNCATE deliveries, dashboard_facts, attempts CASCADE',
  ])
    await expect(services.db.pool.query(statement), statement).rejects.toThrow('append-only');
});

test('thousands of facts of one moment go, and not one that is younger', async () => {
  await services.db.pool.query(
    `INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
     SELECT 'support.health.check', 'support', '{}', '{}', CASE WHEN n <= 2500 THEN $1::timestamptz ELSE $2 END FROM generate_series(1, 2503) n`,
    [daysAgo(401), daysAgo(400)],
  );
  const run = { retentionDays: 400, now: NOW, forMs: 60_000 };
  expect(await removeFacts(services.db.pool, run)).toBe(2500);
  expect(await removeFacts(services.db.pool, run)).toBe(0);
  await expect(services.db.pool.query('DELETE FROM dashboard_facts')).rejects.toThrow('append-only');
});

test('counts by the hour go after three years, totals never', async () => {
  await services.db.pool.query(
    `INSERT INTO fact_rollups (resolution, bucket, metric, label, n) VALUES
       ('hour', $1, 'received', 'accepted', 1), ('hour', $2, 'received', 'accepted', 1), ('total', 'epoch', 'received', 'accepted', 2)`,
    [daysAgo(1101), daysAgo(1099)],
  );
  expect(await pruneRollups(services.db.pool, NOW)).toBe(1);
});

test('conversations that are over go with their messages and waits, after their last event; others stay', async () => {
  const { pool } = services.db;
  const shop = openShop(daysAgo(400));
  const [over, open, waits, dead] = [shop.customer(), shop.customer(), shop.customer(), shop.customer()];
  for (const conversation of [over, open, dead]) shop.answers(conversation);
  for (const conversation of [over, waits, dead]) shop.store.setStatus(conversation, 'resolved');
  shop.writes(waits);
  await storeEvents(services, shop.payloads, daysAgo(400));
  await projectAll(services, daysAgo(400));
  const settle = (state: string, key: string) =>
    pool.query(
      `UPDATE deliveries SET state = $1, finished_at = $2, dead_fact_id = CASE WHEN $1 = 'dead' THEN seq END, run = 1
       WHERE conversation_key ${key}`,
      [state, daysAgo(400)],
    );
  await settle('delivered', `<> '2:${dead.id}'`);
  await settle('dead', `= '2:${dead.id}'`);
  const prune = () => pruneWaiting(pool, { retentionDays: 30, eventDays: 90, now: NOW });
  const keys = async (table: string) =>
    (await pool.query<{ key: string }>(`SELECT DISTINCT key FROM ${table} ORDER BY key`)).rows.map(
      ({ key }) => key,
    );
  await prune();
  expect(await keys('conversations')).toHaveLength(4);
  await removeFinished(pool, run);
  await prune();
  const kept = [open, waits, dead].map(({ id }) => `2:${id}`).sort();
  expect(await keys('conversations')).toEqual(kept);
  for (const table of ['customer_messages', 'waits']) expect(await keys(table)).toEqual(kept);
  expect(await keys('conversation_replies')).toEqual([open, dead].map(({ id }) => `2:${id}`).sort());
});
