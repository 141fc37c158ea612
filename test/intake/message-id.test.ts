import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../app/features/intake/parse-webhook-body.ts';
import { findMissing } from '../../app/features/arrival/comparison/compare-conversation.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { projectWebhooks } from '../../app/features/waiting/project-webhooks.server.ts';
import { post, startIntakeServer, type IntakeServer } from './intake-server.ts';
import { keysOf } from './keys-of.ts';
import { messageCreated } from './samples.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CHANGE = { event: 'message_updated', created_at: '2026-11-29T14:02:46.563Z' };
const idOf = (payload: JsonObject) => keysOf(payload).eventId;

describe('the id of a message event', () => {
  test('is the same whatever the conversation looks like, and to the second, as the API tells it', () => {
    const sent = messageCreated(7, { created_at: '2026-11-29T14:02:46.563Z' });
    expect(idOf(sent)).toMatch(UUID);
    expect(idOf({ ...sent, conversation: { id: 417, status: 'resolved' } })).toBe(idOf(sent));
    expect(idOf({ ...sent, created_at: 1795960966 })).toBe(idOf(sent));
    expect(idOf({ ...sent, created_at: '2026-11-29T14:02:46.000Z' })).toBe(idOf(sent));
  });

  test('another number, second, event or account is another id', () => {
    const sent = messageCreated(7, { created_at: '2026-11-29T14:02:46.563Z' });
    const others = [
      { ...sent, id: 8 },
      { ...sent, created_at: '2026-11-29T14:02:47.563Z' },
      { ...sent, event: 'message_updated' },
      { ...sent, account: { id: 3, name: 'Other' } },
    ];
    expect(new Set([sent, ...others].map(idOf)).size).toBe(5);
  });

  test('two changes of one message are two events, one change sent twice is one', () => {
    const deleted = messageCreated(7, { ...CHANGE, content_attributes: { deleted: true } });
    const failed = messageCreated(7, { ...CHANGE, content_attributes: { external_error: 'x' } });
    expect(idOf(deleted)).toBe(idOf({ ...deleted }));
    expect(idOf(failed)).not.toBe(idOf(deleted));
  });

  test('without a time, and of other events, it is of this receipt alone', () => {
    const odd = messageCreated(7, { created_at: 'yesterday' });
    expect(idOf(odd)).not.toBe(idOf(odd));
    const typing = { event: 'conversation_typing_on', conversation: { id: 1 } };
    expect(idOf(typing)).not.toBe(idOf(typing));
  });
});

describe('in the inbox', () => {
  let services: TestServices;
  let server: IntakeServer;
  beforeEach(async () => {
    services = await createTestServices();
    server = await startIntakeServer(services);
  });
  afterEach(async () => {
    await server.stop();
    await services.close();
  });
  const stored = async () => {
    const { rows } = await services.db.pool.query<{ event_id: string; delivery: string }>(
      'SELECT e.event_id, d.event_id AS delivery FROM webhook_events e JOIN deliveries d USING (seq) ORDER BY seq',
    );
    return rows;
  };

  test('the same message by two ways, at once and later, is one event', async () => {
    const sent = messageCreated(7, { created_at: '2026-11-29T14:02:46.563Z' });
    const other = { ...sent, conversation: { id: 417, status: 'open', updated_at: 2 } };
    const answers = await Promise.all([
      post(server.url, sent),
      post(server.url, other),
      post(server.url, sent),
    ]);
    expect(answers.map(({ json }) => json.status).sort()).toEqual(['accepted', 'duplicate', 'duplicate']);
    expect((await post(server.url, other)).json.status).toBe('duplicate');
    expect(await stored()).toEqual([{ event_id: idOf(sent), delivery: idOf(sent) }]);
  });

  test('after a restore of an older backup the message goes out under the id that it had', async () => {
    const sent = messageCreated(7, { created_at: '2026-11-29T14:02:46.563Z' });
    await post(server.url, sent);
    const before = await stored();
    await services.db.pool.query('TRUNCATE webhook_events, deliveries');
    await post(server.url, sent);
    expect(await stored()).toEqual(before);
  });

  test('Chatwoot put back from a backup gives a number out again: that message is another one', async () => {
    const createdAt = '2026-11-29T14:02:46.563Z';
    await post(server.url, messageCreated(7, { created_at: createdAt }));
    await until('it is read', async () => {
      await projectWebhooks(services, new Date());
      return (
        (await findMissing(services.db.pool, '2', [{ id: 7, createdAt: new Date(createdAt) }])).length === 0
      );
    });
    const again = { id: 7, createdAt: new Date('2026-11-29T15:30:00Z') };
    expect(await findMissing(services.db.pool, '2', [again])).toEqual([7]);
    const answer = await post(server.url, messageCreated(7, { created_at: again.createdAt.toISOString() }));
    expect(answer.json.status).toBe('accepted');
    expect(await findMissing(services.db.pool, '2', [again])).toEqual([]);
  });
});
