import { afterAll, beforeAll, expect, test } from 'vitest';
import { factPayload } from '../../app/features/delivery/fact-payload.ts';
import { listDeadLetters } from '../../app/features/delivery/dead-letters/read-dead-letter-list.server.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

/** Forty e-mails of 0.9 MB, as Chatwoot sends them: everything twice, in six forms. */
let services: TestServices;
const COUNT = 40;

beforeAll(async () => {
  services = await createTestServices();
  for (const [at, html] of [
    [0, 'Where is my order?'],
    [1, '<p>'.padEnd(60_000, 'Where is my order? ')],
  ] as const) {
    const events = await insertEvents(services, {
      count: COUNT,
      conversation: 100 + at * 1000,
      event: `message_${at}`,
    });
    for (const { id, seq } of events) {
      const body = Buffer.from(JSON.stringify(emailOf(seq, html)));
      if (at === 1) expect(body.length).toBeGreaterThan(700_000);
      const payload = factPayload(body);
      await services.db.pool.query(
        `INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
         SELECT fact_type, scope, jsonb_set(value, '{payload}', $2::jsonb), metadata, recorded_at FROM dashboard_facts WHERE id = $1`,
        [id, payload],
      );
      await services.db.pool.query(
        `UPDATE deliveries SET dead_fact_id = (SELECT max(id) FROM dashboard_facts) WHERE seq = $1`,
        [seq],
      );
    }
  }
  await services.db.pool.query('ANALYZE dashboard_facts; ANALYZE deliveries');
});
afterAll(() => services.close());

function emailOf(id: number, html: string) {
  const parts = { full: html, reply: html, quoted: html };
  const message = {
    id,
    content: html,
    content_type: 'incoming_email',
    content_attributes: { email: { html_content: parts, text_content: parts, subject: 'Order' } },
  };
  const meta = { sender: { id: 7, name: `Ada ${id}` } };
  return {
    event: 'message_created',
    ...message,
    conversation: { id, meta, messages: [message] },
    account: { id: 2 },
  };
}

const list = (event: string) =>
  listDeadLetters(services, {
    state: 'open',
    filter: { event },
    sort: 'newest',
    page: 1,
    pageSize: 50,
  });

test('the list of forty large dead letters costs no more than that of forty small ones', async () => {
  const best = { message_0: Infinity, message_1: Infinity };
  // One after the other, and the best of many: what else the machine does falls on both.
  for (let round = 0; round < 40; round += 1)
    for (const event of ['message_0', 'message_1'] as const) {
      const start = performance.now();
      const { rows } = await list(event);
      best[event] = Math.min(best[event], performance.now() - start);
      expect(rows).toHaveLength(COUNT);
      expect(rows[0]!.customerName).toMatch(/^Ada \d+$/);
      expect(rows[0]!.lastError).toBe('answered 503');
    }
  console.info(
    `list of ${COUNT}: small ${best.message_0.toFixed(1)} ms, large ${best.message_1.toFixed(1)} ms`,
  );
  expect(best.message_1).toBeLessThan(best.message_0 * 1.2 + 1);
});
