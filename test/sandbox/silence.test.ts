import { afterEach, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { call, request, simulate, type Simulated } from './simulated.ts';

let simulated: Simulated | undefined;
afterEach(() => simulated?.stop());

function customerWrites({ chatwoot }: Simulated, content = 'Is anybody there?') {
  const conversation = chatwoot.store.startConversation();
  const sender = conversation.contact;
  chatwoot.store.addMessage(conversation, { type: 'incoming', content, private: false, sender });
  return conversation;
}

test('without workers nothing is sent and all else answers; with them the queue is sent and shows the state of then', async () => {
  simulated = await simulate();
  const { chatwoot, receiver } = simulated;
  chatwoot.webhooks.setWorkers('stopped');
  const conversation = customerWrites(simulated);
  await chatwoot.webhooks.idle();
  expect(receiver.got).toHaveLength(0);
  expect(chatwoot.webhooks.counts().waiting).toBeGreaterThanOrEqual(3);
  for (const path of ['/health', '/api', '/api/v1/profile'])
    expect((await request(chatwoot, 'GET', path)).status).toBe(200);
  expect(await call(chatwoot, 'GET', `/conversations/${conversation.id}`)).toMatchObject({ status: 200 });

  chatwoot.store.setStatus(conversation, 'resolved');
  chatwoot.webhooks.setWorkers('running');
  await chatwoot.webhooks.idle();
  const created = receiver.got.map(({ body }) => JSON.parse(body) as { event: string; status: string });
  expect(created.find(({ event }) => event === 'conversation_created')).toMatchObject({ status: 'resolved' });
});

test('a webhook that was deleted while the workers were away gets nothing of the queue', async () => {
  simulated = await simulate();
  const { chatwoot, receiver } = simulated;
  chatwoot.webhooks.setWorkers('stopped');
  customerWrites(simulated);
  chatwoot.registrations.remove();
  chatwoot.webhooks.setWorkers('running');
  await chatwoot.webhooks.idle();
  expect(receiver.got).toHaveLength(0);
});

test('a webhook that somebody deleted is not in the list and gets nothing', async () => {
  simulated = await simulate();
  simulated.chatwoot.registrations.remove(1);
  customerWrites(simulated);
  await simulated.chatwoot.webhooks.idle();
  expect(simulated.receiver.got).toHaveLength(0);
  expect((await call(simulated.chatwoot, 'GET', '/webhooks')).body).toEqual({ payload: { webhooks: [] } });
});

test('a webhook that somebody changed gets what it now subscribes to, signed with its secret', async () => {
  simulated = await simulate();
  const { chatwoot } = simulated;
  chatwoot.registrations.change(1, { subscriptions: ['conversation_created'], secret: 'another' });
  customerWrites(simulated);
  await chatwoot.webhooks.idle();
  expect(simulated.events()).toEqual(['conversation_created']);
  expect((await call(chatwoot, 'GET', '/webhooks')).body).toMatchObject({
    payload: { webhooks: [{ secret: 'another' }] },
  });
});

test.each([
  ['unreadable', 500],
  ['unauthorized', 401],
  ['empty', 200],
] as const)(
  'a webhook list that is %s answers %i, and the URL is taken all the same',
  async (listing, status) => {
    simulated = await simulate();
    const { chatwoot, receiver } = simulated;
    chatwoot.registrations.setListing(listing);
    expect((await call(chatwoot, 'GET', '/webhooks')).status).toBe(status);
    const again = { url: receiver.url, subscriptions: ['message_created'] };
    expect(await call(chatwoot, 'POST', '/webhooks', again)).toMatchObject({
      status: 422,
      body: { message: 'Url has already been taken' },
    });
  },
);

test('4.14 and later post nothing to an address in a private network, and only their own log says so', async () => {
  simulated = await simulate({ version: '4.15.1' });
  const { chatwoot, receiver } = simulated;
  chatwoot.setAddressFilter(true);
  customerWrites(simulated);
  await chatwoot.webhooks.idle();
  expect(receiver.got).toHaveLength(0);
  expect(chatwoot.webhooks.log.at(-1)).toMatchObject({ reason: '127.0.0.1 has no public ip addresses' });

  chatwoot.setVersion('4.13.0');
  customerWrites(simulated);
  await chatwoot.webhooks.idle();
  expect(receiver.got.length).toBeGreaterThan(0);
});

test('a queue that is behind sends each webhook so much later', async () => {
  simulated = await simulate();
  const { chatwoot, receiver } = simulated;
  chatwoot.webhooks.setDelay(400);
  const before = Date.now();
  customerWrites(simulated);
  await until('the first webhook came', () => receiver.got.length > 0);
  expect(Date.now() - before).toBeGreaterThanOrEqual(400);
});
