import { afterEach, expect, test } from 'vitest';
import { DRAFT_BOT } from '../../app/sandbox/chatwoot/invented-customers.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import type { NewMessage } from '../../app/sandbox/chatwoot/store/context.ts';
import { until } from '../support/until.ts';
import { startReceiver } from './receiver.ts';
import { call, simulate, type Simulated } from './simulated.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

async function start(...options: Parameters<typeof simulate>): Promise<Simulated> {
  const simulated = await simulate(...options);
  open.push(simulated);
  return simulated;
}

function writes({ chatwoot }: Simulated, conversation: Conversation, message: Partial<NewMessage> = {}) {
  const { contact: sender } = conversation;
  return chatwoot.store.addMessage(conversation, {
    ...{ type: 'incoming', content: 'Hello?', private: false, sender },
    ...message,
  });
}

test("a bot's conversations begin pending whatever is asked, and the bot is told", async () => {
  const simulated = await start();
  const { chatwoot } = simulated;
  const bot = await startReceiver(200);
  open.push(bot);
  const { store } = chatwoot;
  const outgoing = { ...DRAFT_BOT, outgoingUrl: bot.url, secret: 'bot-secret' };
  const inbox = store.addInbox({ name: 'Bot line', channel: 'api', bot: outgoing });
  const contact = store.addContact({ name: 'Di Park' });
  const made = await call(chatwoot, 'POST', '/conversations', {
    ...{ inbox_id: inbox.id, contact_id: contact.id, status: 'open' },
  });
  expect(made.body).toMatchObject({ status: 'pending' });
  const conversation = store.conversations.get((made.body as { id: number }).id)!;
  writes(simulated, conversation);
  await chatwoot.webhooks.idle();
  const events = bot.got.map(({ body }) => (JSON.parse(body) as { event: string }).event);
  expect(events).toContain('message_created');
  expect(events).not.toContain('conversation_created');

  // Its public answer ends the wait since 4.10 and is no first reply; resolved, it goes back to the bot.
  writes(simulated, conversation, { type: 'outgoing', sender: DRAFT_BOT });
  expect(conversation).toMatchObject({ waitingSince: null, firstReplyAt: null });
  store.setStatus(conversation, 'resolved');
  writes(simulated, conversation);
  expect(conversation.status).toBe('pending');
});

test('a bot that does not answer: its conversation is opened', async () => {
  const simulated = await start();
  const { chatwoot } = simulated;
  const bot = await startReceiver(503);
  open.push(bot);
  const inbox = chatwoot.store.addInbox({
    name: 'Bot line',
    channel: 'api',
    bot: { ...DRAFT_BOT, outgoingUrl: bot.url },
  });
  const conversation = chatwoot.store.startConversation({ inbox });
  writes(simulated, conversation);
  await until('it is open', () => conversation.status === 'open');
});

test('with one conversation a contact the old one comes back, resolved and with its own attributes', async () => {
  const simulated = await start();
  const { store } = simulated.chatwoot;
  const inbox = store.addInbox({ name: 'One thread', channel: 'api', lockToSingleConversation: true });
  const contact = store.addContact({ name: 'Fay One' });
  const body = { inbox_id: inbox.id, contact_id: contact.id, custom_attributes: { ticket: 'T-1' } };
  const first = (await call(simulated.chatwoot, 'POST', '/conversations', body)).body as { id: number };
  store.setStatus(store.conversations.get(first.id)!, 'resolved');
  const again = await call(simulated.chatwoot, 'POST', '/conversations', {
    ...body,
    status: 'open',
    custom_attributes: { ticket: 'T-2' },
  });
  expect(again.body).toMatchObject({
    id: first.id,
    status: 'resolved',
    custom_attributes: { ticket: 'T-1' },
  });
});

test("a blocked contact's conversation is resolved whatever is asked, and no message opens it", async () => {
  const simulated = await start();
  const { store } = simulated.chatwoot;
  const contact = store.addContact({ name: 'Troll', blocked: true });
  const made = await call(simulated.chatwoot, 'POST', '/conversations', {
    ...{ inbox_id: 5, contact_id: contact.id, status: 'open' },
  });
  expect(made.body).toMatchObject({ status: 'resolved', meta: { sender: { blocked: true } } });
  const conversation = store.conversations.get((made.body as { id: number }).id)!;
  writes(simulated, conversation);
  expect(conversation.status).toBe('resolved');
});

test.each(['resolved', 'snoozed'] as const)(
  "a customer's message opens what was %s, and that is told",
  async (status) => {
    const simulated = await start();
    const { chatwoot } = simulated;
    const conversation = chatwoot.store.startConversation();
    writes(simulated, conversation);
    chatwoot.store.setStatus(conversation, status);
    await chatwoot.webhooks.idle();
    simulated.receiver.got.length = 0;
    writes(simulated, conversation);
    await chatwoot.webhooks.idle();
    expect(conversation.status).toBe('open');
    expect(simulated.events()).toContain('conversation_status_changed');
  },
);

test('with an assignment policy somebody who is online has it a moment later', async () => {
  const { chatwoot } = await start();
  chatwoot.store.setAutoAssignment(true);
  const contact = chatwoot.store.addContact({ name: 'New' });
  const made = await call(chatwoot, 'POST', '/conversations', { inbox_id: 5, contact_id: contact.id });
  const { id, meta } = made.body as { id: number; meta: object };
  expect(meta).not.toHaveProperty('assignee');
  await until('it is assigned', async () => {
    const { body } = await call(chatwoot, 'GET', `/conversations/${id}`);
    return 'assignee' in (body as { meta: object }).meta;
  });
  const noted = chatwoot.store.conversations.get(id)!.messages.at(-1)!;
  expect(noted.content).toMatch(/ by Default Policy$/);
});

test("an agent who is unknown or gone: 200, null, and the conversation is nobody's", async () => {
  const { chatwoot } = await start();
  const conversation = chatwoot.store.startConversation();
  chatwoot.store.assign(conversation, chatwoot.store.agents[1]!);
  const answer = await call(chatwoot, 'POST', `/conversations/${conversation.id}/assignments`, {
    assignee_id: 99_999,
  });
  expect(answer).toMatchObject({ status: 200, body: null });
  expect(conversation.assignee).toBeNull();
});

test("an API inbox's own webhook has its own secret; answered 401 the customer's message is failed", async () => {
  const simulated = await start({}, 401);
  const { chatwoot, receiver } = simulated;
  chatwoot.registrations.remove();
  const inbox = chatwoot.store.addApiInbox('Shop API', receiver.url);
  const conversation = chatwoot.store.startConversation({ inbox });
  const message = writes(simulated, conversation);
  await until('it is failed', () => message.status === 'failed');
  expect(message.contentAttributes.external_error).toBe('HTTP 401');
});

test.each([
  ['a reply typed in the WhatsApp app', { sender: null, contentAttributes: { external_echo: true } }, true],
  ['a message of an automation rule', { sender: null, contentAttributes: { automation_rule_id: 1 } }, false],
  ["a campaign's message in an agent's name", { additionalAttributes: { campaign_id: 3 } }, false],
  ["an agent's answer", {}, true],
] as const)('%s is a first reply: %s', async (_words, message, isReply) => {
  const simulated = await start();
  const { chatwoot, receiver } = simulated;
  const conversation = chatwoot.store.startConversation();
  writes(simulated, conversation);
  writes(simulated, conversation, { type: 'outgoing', sender: chatwoot.store.agents[0]!, ...message });
  expect(conversation.firstReplyAt !== null).toBe(isReply);
  expect(conversation.waitingSince === null).toBe(isReply);
  await chatwoot.webhooks.idle();
  const told = receiver.got
    .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
    .find(({ event, message_type }) => event === 'message_created' && message_type === 'outgoing')!;
  if ('contentAttributes' in message) expect(told.content_attributes).toEqual(message.contentAttributes);
  if ('additionalAttributes' in message)
    expect(told.additional_attributes).toEqual(message.additionalAttributes);
});

test('an e-mail is carried twice by its webhook, whole, and says whether a machine sent it', async () => {
  const { chatwoot, receiver } = await start();
  const { store } = chatwoot;
  const inbox = store.addInbox({ name: 'E-mail', channel: 'email' });
  const from = store.addContact({ name: 'kim.fox', email: 'kim.fox@example.com' });
  const html = `<p>${'Order line &amp; price '.repeat(2000)}</p>`;
  store.receiveEmail({ inbox, from, subject: 'Away', text: 'I am away.', html, autoReply: true });
  await chatwoot.webhooks.idle();
  const { body } = receiver.got.find((one) => one.body.includes('"event":"message_created"'))!;
  expect(Buffer.byteLength(body)).toBeGreaterThan(2 * html.length);
  const payload = JSON.parse(body) as {
    content_type: string;
    content_attributes: { email: { auto_reply: boolean; html_content: { full: string } } };
    conversation: { channel: string; messages: [{ content_attributes: unknown }] };
  };
  expect(payload).toMatchObject({
    content_type: 'incoming_email',
    conversation: { channel: 'Channel::Email' },
  });
  expect(payload.content_attributes.email).toMatchObject({ auto_reply: true, html_content: { full: html } });
  expect(payload.conversation.messages[0].content_attributes).toEqual(payload.content_attributes);
});
