import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServices, type TestServices } from '../support/services.ts';
import { post, startIntakeServer, type IntakeServer } from './intake-server.ts';
import { conversation, conversationUpdated, messageCreated } from './samples.ts';

let services: TestServices;
let server: IntakeServer;

beforeAll(async () => {
  services = await createTestServices();
  server = await startIntakeServer(services);
});
afterAll(async () => {
  await server?.stop();
  await services?.close();
});

async function rows<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
  return (await services.db.pool.query<T>(sql, values)).rows;
}
const countOf = async (deliveryIds: string[]) =>
  (await rows('SELECT FROM webhook_events WHERE delivery_id = ANY($1)', [deliveryIds])).length;

describe('an accepted webhook', () => {
  test('is in the inbox, byte for byte, with its delivery and counts, before it is answered', async () => {
    const delivery = randomUUID();
    const body = `  {"z":1, "text":"<b> \\u003cb\\u003e é 😀", "event":"message_created","id":77,"conversation":{"id":5},"account":{"id":2}}\n`;
    const answer = await post(server.url, body, { 'X-Chatwoot-Delivery': delivery, Cookie: 'secret=1' });
    expect(answer).toMatchObject({ status: 200, json: { status: 'accepted' } });
    const [event] = await rows<Record<string, unknown>>(
      `SELECT e.*, d.state, d.conversation_id, d.event AS delivery_event, d.attempts, d.due_at <= now() AS due
       FROM webhook_events e JOIN deliveries d USING (seq, event_id, conversation_key) WHERE delivery_id = $1`,
      [delivery],
    );
    expect((event!.body as Buffer).toString()).toBe(body);
    expect(event).toMatchObject({
      event: 'message_created',
      conversation_key: '2:5',
      conversation_id: '5',
      via: 'direct',
      source: 'webhook',
      state: 'pending',
      due: true,
    });
    expect(JSON.stringify(event!.headers)).not.toContain('secret');
    const counts = await rows(
      "SELECT resolution, n FROM fact_rollups WHERE metric = 'received' AND label = 'accepted' ORDER BY 1",
    );
    expect(counts).toEqual(
      ['hour', 'minute', 'ten_minutes', 'total'].map((resolution) => ({ resolution, n: 1 })),
    );
  });

  test('unknown events and fields are stored like any other', async () => {
    const delivery = randomUUID();
    const answer = await post(
      server.url,
      { event: 'from_the_future', x: { y: [1] } },
      { 'X-Chatwoot-Delivery': delivery },
    );
    expect(answer.status).toBe(200);
    expect(await countOf([delivery])).toBe(1);
  });
});

describe('duplicates', () => {
  const sendTwice = async (a: object, b: object, deliveryA: string, deliveryB: string) => [
    (await post(server.url, a, { 'X-Chatwoot-Delivery': deliveryA })).json.status,
    (await post(server.url, b, { 'X-Chatwoot-Delivery': deliveryB })).json.status,
  ];

  test('one delivery id with one body is one event', async () => {
    const id = randomUUID();
    const typing = { event: 'conversation_typing_on', conversation: { id: 1 } };
    expect(await sendTwice(typing, typing, id, id)).toEqual(['accepted', 'duplicate']);
    expect(await countOf([id])).toBe(1);
  });

  test('one delivery id with two bodies is two events', async () => {
    const id = randomUUID();
    expect(await sendTwice(messageCreated(901), messageCreated(902), id, id)).toEqual([
      'accepted',
      'accepted',
    ]);
    expect(await countOf([id])).toBe(2);
  });

  test('an API inbox and an account webhook post the same message under two delivery ids: one event', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    expect(await sendTwice(messageCreated(903), messageCreated(903), a, b)).toEqual([
      'accepted',
      'duplicate',
    ]);
    expect(await countOf([a, b])).toBe(1);
  });

  test('one change of a conversation is one event, another change is another', async () => {
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
    const change = conversationUpdated({ updated_at: 1790064999.5 });
    expect(await sendTwice(change, { ...change, unread_count: 4 }, a, b)).toEqual(['accepted', 'duplicate']);
    expect(await sendTwice(change, { ...change, changed_attributes: [] }, a, c)).toEqual([
      'duplicate',
      'accepted',
    ]);
    expect(await countOf([a, b, c])).toBe(2);
  });

  test('typing and automation webhooks that look alike are each delivered', async () => {
    for (const event of ['conversation_typing_on', 'automation_event.message_created']) {
      const before = await rows('SELECT FROM webhook_events WHERE event = $1', [event]);
      const body = { ...conversation, event, conversation };
      await post(server.url, body);
      await post(server.url, body);
      expect(await rows('SELECT FROM webhook_events WHERE event = $1', [event])).toHaveLength(
        before.length + 2,
      );
    }
  });

  test('the same webhook many times at once is one event', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => post(server.url, messageCreated(904))),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.filter(({ json }) => json.status === 'accepted')).toHaveLength(1);
    const [found] = await rows<{ n: number }>(
      `SELECT count(*) AS n FROM webhook_events e JOIN deliveries USING (seq)
       WHERE convert_from(e.body, 'UTF8')::jsonb ->> 'id' = '904'`,
    );
    expect(found!.n).toBe(1);
  });
});

test('seq follows the order of arrival, however requests share commits', async () => {
  const { intake } = server;
  const outcomes = await Promise.all(
    Array.from({ length: 700 }, (_, i) =>
      intake.receive({
        headers: {},
        token: null,
        body: Buffer.from(JSON.stringify(messageCreated(10_000 + i))),
        receivedAt: new Date(),
      }),
    ),
  );
  const seqs = outcomes.map((outcome) => (outcome.kind === 'accepted' ? outcome.seq : NaN));
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  const stored = await rows<{ id: number }>(
    `SELECT (convert_from(body, 'UTF8')::jsonb ->> 'id')::int AS id FROM webhook_events WHERE seq = ANY($1) ORDER BY seq`,
    [seqs],
  );
  expect(stored.map(({ id }) => id)).toEqual(outcomes.map((_, i) => 10_000 + i));
  expect(new Set(seqs).size).toBe(700);
});
