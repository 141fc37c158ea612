import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
beforeAll(async () => {
  services = await createTestServices();
  await insertEvents(services, {
    count: 12,
    lastError: 'answered 503',
    deadAt: new Date('2026-09-22T09:00:00Z'),
  });
  await insertEvents(services, {
    lastError: 'no answer within 10 s',
    deadAt: new Date('2026-09-22T09:30:00Z'),
  });
  const retry = (attempts: number, success: boolean, finalStatus: number | string, minutesAgo: number) =>
    services.db.pool.query(
      `INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
       VALUES ('support.webhook.retry', 'support', $1, '{"seq": 1, "run": 1}', now() - make_interval(mins => $2))`,
      [JSON.stringify({ attempts, success, finalStatus, durationMs: 5 }), minutesAgo],
    );
  await retry(1, true, 200, 1);
  await retry(1, true, 200, 30);
  await retry(6, false, 503, 3);
  await retry(6, false, 'timeout', 3);
  await retry(1, true, 200, 90);
});
afterAll(() => services.close());

/* The queries of the operators' runbook, word for word. */

test('detection: the newest dead letters', async () => {
  const { rows } = await services.db.pool.query<{
    value: { lastError: string };
    metadata: { timestamp: string };
  }>(`
  SELECT * FROM dashboard_facts
  WHERE fact_type = 'support.webhook.dead_letter'
  ORDER BY recorded_at DESC
  LIMIT 10;
  `);
  expect(rows).toHaveLength(10);
  expect(rows[0]).toMatchObject({
    fact_type: 'support.webhook.dead_letter',
    scope: 'support',
    value: { lastError: 'no answer within 10 s', attempts: 1 },
  });
});

test('investigation: retry metrics of the last hour', async () => {
  const { rows } = await services.db.pool.query(`
   SELECT
     value->>'attempts' as attempts,
     value->>'success' as success,
     value->>'finalStatus' as final_status,
     COUNT(*) as count
   FROM dashboard_facts
   WHERE fact_type = 'support.webhook.retry'
     AND recorded_at > NOW() - INTERVAL '1 hour'
   GROUP BY value->>'attempts', value->>'success', value->>'finalStatus';
  `);
  expect(rows).toHaveLength(3);
  expect(rows).toEqual(
    expect.arrayContaining([
      { attempts: '1', success: 'true', final_status: '200', count: 2 },
      { attempts: '6', success: 'false', final_status: '503', count: 1 },
      { attempts: '6', success: 'false', final_status: 'timeout', count: 1 },
    ]),
  );
});

test('investigation: the entries themselves', async () => {
  const { rows } = await services.db.pool.query<Record<string, unknown>>(`
   SELECT
     value->'payload' as payload,
     value->>'attempts' as attempts,
     value->>'lastError' as error,
     metadata->>'timestamp' as timestamp
   FROM dashboard_facts
   WHERE fact_type = 'support.webhook.dead_letter'
   ORDER BY recorded_at DESC
   LIMIT 5;
  `);
  expect(rows).toHaveLength(5);
  expect(rows[0]).toMatchObject({
    payload: { event: 'message_created', content: 'My order never arrived' },
    attempts: '1',
    error: 'no answer within 10 s',
  });
  expect(new Date(String(rows[0]!.timestamp))).toEqual(new Date('2026-09-22T09:30:00Z'));
});

test('recovery: the watch over retry metrics', async () => {
  const { rows } = await services.db.pool.query(
    `SELECT COUNT(*) FROM dashboard_facts WHERE fact_type = 'support.webhook.retry' AND recorded_at > NOW() - INTERVAL '5 minutes'`,
  );
  expect(rows).toEqual([{ count: 3 }]);
});
