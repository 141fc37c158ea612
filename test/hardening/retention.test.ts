import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../../app/features/audit/actor.ts';
import {
  discardDeadLetters,
  restoreDeadLetters,
} from '../../app/features/delivery/dead-letters/discard-dead-letters.server.ts';
import { readDeadLetter } from '../../app/features/delivery/dead-letters/read-dead-letter.server.ts';
import { removeTexts } from '../../app/features/delivery/remove-old-events.server.ts';
import { insertEvents, type EventSpec } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
beforeAll(async () => (services = await createTestServices()));
afterAll(() => services.close());

const ADA: Actor = { id: 'ada', name: 'Ada', role: 'admin', via: 'form', from: null };
const NOW = new Date('2026-11-23T03:17:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);

const old = (spec: EventSpec) => ({
  receivedAt: daysAgo(40),
  deadAt: daysAgo(40),
  content: 'SECRET TEXT',
  ...spec,
});

const texts = async (seqs: number[]) => {
  const { rows } = await services.db.pool.query<{
    seq: number;
    body: string;
    answer: string | null;
    fact: string | null;
  }>(
    `SELECT e.seq, convert_from(e.body, 'UTF8') AS body, (SELECT response FROM attempts a WHERE a.seq = e.seq LIMIT 1) AS answer,
       (SELECT value->>'payload' FROM dashboard_facts f WHERE f.metadata->>'seq' = e.seq::text AND f.value ? 'payload' LIMIT 1) AS fact
     FROM webhook_events e WHERE e.seq = ANY($1::bigint[]) ORDER BY e.seq`,
    [seqs],
  );
  return rows;
};

test('texts of what was settled long ago go; rows, counts and facts stay; open and recent ones keep theirs', async () => {
  const { pool } = services.db;
  const [delivered] = await insertEvents(services, old({ state: 'delivered', conversation: 1 }));
  const [discarded] = await insertEvents(services, old({ state: 'discarded', conversation: 2 }));
  const [open] = await insertEvents(services, old({ state: 'dead', conversation: 3 }));
  const [pending] = await insertEvents(services, old({ state: 'pending', conversation: 4 }));
  const [late] = await insertEvents(
    services,
    old({ state: 'delivered', conversation: 5, deadAt: daysAgo(2) }),
  );
  const [recent] = await insertEvents(
    services,
    old({ state: 'delivered', conversation: 6, receivedAt: daysAgo(3), deadAt: daysAgo(3) }),
  );
  const all = [delivered!, discarded!, open!, pending!, late!, recent!].map(({ seq }) => seq);
  const counts = async () =>
    (
      await pool.query<object>(
        `SELECT (SELECT count(*) FROM webhook_events) AS events, (SELECT count(*) FROM deliveries) AS deliveries,
           (SELECT count(*) FROM dashboard_facts) AS facts, (SELECT sum(n) FROM fact_rollups) AS counted`,
      )
    ).rows;
  const before = await counts();

  expect(await removeTexts(pool, { retentionDays: 0, now: NOW })).toBe(0);
  expect((await texts(all)).every(({ body }) => body.includes('SECRET TEXT'))).toBe(true);

  expect(await removeTexts(pool, { retentionDays: 30, now: NOW })).toBe(2);
  const after = await texts(all);
  expect(after.slice(0, 2)).toEqual([
    { seq: delivered!.seq, body: '', answer: null, fact: null },
    { seq: discarded!.seq, body: '', answer: null, fact: '{"event": "message_created", "removed": true}' },
  ]);
  expect(after.slice(2).every(({ body }) => body.includes('SECRET TEXT'))).toBe(true);
  expect(await counts()).toEqual(before);

  expect(await removeTexts(pool, { retentionDays: 30, now: NOW })).toBe(0);

  // What was left behind goes when its own time has come.
  await discardDeadLetters(services, {
    selection: { ids: [open!.id!] },
    actor: ADA,
    reason: 'a test',
    now: NOW,
  });
  const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);
  expect(await removeTexts(pool, { retentionDays: 30, now: later(29) })).toBe(2);
  expect(await removeTexts(pool, { retentionDays: 30, now: later(31) })).toBe(1);
  expect((await texts([open!.seq]))[0]!.body).toBe('');
  expect((await texts([pending!.seq]))[0]!.body).toContain('SECRET TEXT');

  // There is nothing left that could be delivered.
  expect(await restoreDeadLetters(services, { ids: [discarded!.id!], actor: ADA, now: NOW })).toEqual({
    outcome: 'not_discarded',
  });
  const detail = await readDeadLetter(services, discarded!.id!);
  expect(detail).toMatchObject({ payload: null, missing: { reason: 'removed', afterDays: 30 }, headers: [] });
});

test('more than one batch', async () => {
  await insertEvents(services, old({ state: 'delivered', count: 2500, conversation: 1000 }));
  expect(await removeTexts(services.db.pool, { retentionDays: 30, now: NOW })).toBe(2500);
});
