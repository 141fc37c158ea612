import { afterEach, beforeEach, expect, test } from 'vitest';
import { callPatiently } from '../../app/lib/chatwoot/pace.server.ts';
import { createChatwootClient, type ChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startReceiver, type Receiver } from './receiver.ts';

/** The app's own client against the simulated Chatwoot: each proves the other's shapes. */
let chatwoot: Chatwoot;
let receiver: Receiver;
let client: ChatwootClient;
beforeEach(async () => {
  chatwoot = await startChatwoot({ webhookConcurrency: 1 });
  receiver = await startReceiver();
  const { url: baseUrl, accountId, apiToken } = chatwoot;
  client = createChatwootClient({ baseUrl, accountId: String(accountId), apiToken });
});
afterEach(async () => {
  await chatwoot.stop();
  await receiver.stop();
});

async function value<T>(answer: Promise<{ outcome: string; value?: T }>): Promise<T> {
  const { outcome, value } = await answer;
  expect(outcome).toBe('ok');
  return value as T;
}

test('a conversation has a page, on which somebody answers and resolves it', async () => {
  const conversation = chatwoot.store.startConversation();
  chatwoot.store.addMessage(conversation, {
    type: 'incoming',
    content: 'Is <b>it</b> lost?',
    private: false,
    sender: conversation.contact,
  });
  const address = `${chatwoot.url}/app/accounts/${chatwoot.accountId}/conversations/${conversation.id}`;
  expect(await (await fetch(address)).text()).toContain('Is &lt;b&gt;it&lt;/b&gt; lost?');
  expect(conversation.waitingSince).not.toBeNull();
  const body = new URLSearchParams({ text: 'It comes tomorrow.', resolve: '1' });
  expect(await (await fetch(address, { method: 'POST', body })).text()).toContain('It comes tomorrow.');
  expect(conversation).toMatchObject({ waitingSince: null, status: 'resolved' });
  expect((await fetch(`${address}1`)).status).toBe(404);
});

const bodies = () => receiver.got.map(({ body }) => JSON.parse(body) as Record<string, unknown>);

test('an API inbox takes what a visitor writes without a token, and its own webhook gets every event', async () => {
  const { api, id } = chatwoot.store.addApiInbox('Canary', receiver.url);
  const visitor = await value(client.createVisitor(api.identifier, { name: 'Canary', identifier: 'c-1' }));
  const conversation = await value(client.beginConversation(api.identifier, visitor.sourceId));
  const message = await value(
    client.writeAsVisitor(api.identifier, { ...visitor, conversationId: conversation, content: 'Tweet' }),
  );
  await chatwoot.webhooks.idle();
  expect(bodies().map(({ event }) => event)).toEqual([
    'conversation_created',
    'message_created',
    'conversation_updated',
  ]);
  expect(bodies()[1]).toMatchObject({
    id: message,
    content: 'Tweet',
    message_type: 'incoming',
    inbox: { id, name: 'Canary' },
    conversation: { id: conversation, channel: 'Channel::Api', inbox_id: id },
  });
  expect(JSON.stringify(bodies())).not.toContain(api.hmacToken);
  const again = await value(
    client.createVisitor(api.identifier, { name: 'x', identifier: 'c-1', sourceId: visitor.sourceId }),
  );
  expect(again).toEqual(visitor);
  expect(await client.beginConversation('nobody', 'x')).toEqual({ outcome: 'not_found' });
});

test('a message whose API-inbox webhook fails becomes failed, and that is told once more and no more', async () => {
  const { api } = chatwoot.store.addApiInbox('Canary', receiver.url);
  await receiver.stop();
  const visitor = await value(client.createVisitor(api.identifier, { name: 'Canary' }));
  const conversationId = await value(client.beginConversation(api.identifier, visitor.sourceId));
  await value(client.writeAsVisitor(api.identifier, { ...visitor, conversationId, content: 'x' }));
  await chatwoot.webhooks.idle();
  const {
    messages: [message],
  } = await value(client.listMessages(conversationId));
  expect(message).toMatchObject({
    status: 'failed',
    contentAttributes: { external_error: 'ECONNREFUSED' },
  });
  const updates = chatwoot.webhooks.log.filter(({ event }) => event === 'message_updated');
  expect(updates).toHaveLength(1);
});

test('contacts are created once, found, and get a conversation with a note in an inbox', async () => {
  const wish = { name: 'Mara Lind', email: 'Mara@Example.com', inboxId: 5 };
  const contact = await value(client.createContact(wish));
  expect(contact).toMatchObject({ email: 'mara@example.com', inboxes: [{ inboxId: 5 }] });
  expect(await client.createContact(wish)).toEqual({
    outcome: 'invalid',
    detail: 'Email has already been taken',
  });
  expect(await value(client.searchContacts('mara@'))).toEqual([contact]);
  expect(await value(client.getContact(contact.id))).toEqual(contact);
  const conversation = await value(
    client.createConversation({ inboxId: 5, contactId: contact.id, customAttributes: { ticket: 'T-1' } }),
  );
  expect(conversation).toMatchObject({ contactId: contact.id, inboxId: 5, status: 'open' });
  const note = await value(
    client.createMessage(conversation.id, {
      content: 'By email',
      private: true,
      contentAttributes: { ticket: 'T-1' },
    }),
  );
  const { messages } = await value(client.listMessages(conversation.id));
  expect(messages).toEqual([note]);
  expect(note).toMatchObject({ private: true, type: 'outgoing', contentAttributes: { ticket: 'T-1' } });
  expect(await client.createConversation({ inboxId: 99, contactId: contact.id })).toEqual({
    outcome: 'not_found',
  });
});

test('assigning, labels, status and attributes; an activity is in the API but in no webhook', async () => {
  const { id } = chatwoot.store.startConversation();
  await value(client.createWebhook({ url: receiver.url, subscriptions: ['message_created'] }));
  const agents = await value(client.listAgents());
  expect(agents.map(({ availability }) => availability)).toEqual(['online', 'online', 'online']);
  chatwoot.store.agents[1]!.availability = 'busy';
  expect((await value(client.listAgents()))[1]).toMatchObject({ id: 9, availability: 'busy' });
  await value(client.assign(id, 9));
  await value(client.assign(id, 9));
  // An agent who is unknown is nobody: 200, and the conversation is nobody's.
  await client.assign(id, 999);
  expect(await value(client.getConversation(id))).toMatchObject({ assigneeId: null });
  await value(client.assign(id, 9));
  expect(await value(client.setLabels(id, ['refund', 'refund', 'vip']))).toEqual(['refund', 'vip']);
  expect(await value(client.setCustomAttributes(id, { a: 1 }))).toEqual({ a: 1 });
  await value(client.setStatus(id, 'pending'));
  const found = await value(client.getConversation(id));
  expect(found).toMatchObject({ assigneeId: 9, labels: ['refund', 'vip'], status: 'pending' });
  const types = (await value(client.listMessages(id))).messages.map(({ type }) => type);
  expect(new Set(types)).toEqual(new Set(['activity']));
  await chatwoot.webhooks.idle();
  expect(receiver.got).toHaveLength(0);
});

test('conversations are filtered by inbox, assignee and what changed lately, which is not paginated', async () => {
  const { store } = chatwoot;
  const inbox = store.addApiInbox('Canary', '');
  const other = store.startConversation({ inbox });
  const made = Array.from({ length: 30 }, () => store.startConversation());
  store.assign(made[3]!, store.agents[1]!);
  made[0]!.updatedAt -= 600_000;
  const ids = async (filter: Parameters<ChatwootClient['listConversations']>[0]) =>
    (await value(client.listConversations(filter))).map(({ id }) => id);
  expect(await ids({ inboxId: inbox.id })).toEqual([other.id]);
  expect(await ids({ assigneeType: 'assigned' })).toEqual([made[3]!.id]);
  expect(await ids({ page: 2 })).toHaveLength(6);
  const recent = await ids({ status: 'all', updatedWithin: 300 });
  expect(recent).toHaveLength(30);
  expect(recent).not.toContain(made[0]!.id);
});

test('there are no SLA policies without the feature', async () => {
  expect(await client.listSlaPolicies()).toEqual({ outcome: 'ok', value: [] });
});

test('a throttled call is repeated after the time Chatwoot names, and not beyond what is bearable', async () => {
  chatwoot.setThrottle({ requests: 1, windowMs: 150, retryAfter: 0 });
  const answers = [];
  for (let n = 0; n < 3; n += 1)
    answers.push(await callPatiently(() => client.listAgents(), { attempts: 1000 }));
  expect(answers.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
  expect(chatwoot.throttledCount()).toBeGreaterThan(0);
  chatwoot.setThrottle({ requests: 0, windowMs: 60_000, retryAfter: 3600 });
  expect(await callPatiently(() => client.listAgents())).toEqual({
    outcome: 'throttled',
    retryAfterMs: 3_600_000,
  });
});

test('webhooks on the way to the app can be lost on purpose, all or some', async () => {
  await value(client.createWebhook({ url: receiver.url, subscriptions: ['message_created'] }));
  const say = (content: string) => {
    const conversation = chatwoot.store.startConversation();
    const { contact } = conversation;
    chatwoot.store.addMessage(conversation, { type: 'incoming', content, private: false, sender: contact });
  };
  chatwoot.webhooks.lose((body) => body.includes('lost'));
  for (const content of ['kept', 'lost', 'kept too']) say(content);
  await chatwoot.webhooks.idle();
  expect(bodies().map(({ content }) => content)).toEqual(['kept', 'kept too']);
  expect(chatwoot.webhooks.log.filter(({ reason }) => reason === 'ECONNREFUSED')).toHaveLength(1);
  chatwoot.webhooks.lose(null);
  say('back');
  await chatwoot.webhooks.idle();
  expect(receiver.got).toHaveLength(3);
});
