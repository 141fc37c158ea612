import { afterEach, expect, test } from 'vitest';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import { call, simulate, type Simulated } from './simulated.ts';

let simulated: Simulated | undefined;
afterEach(() => simulated?.stop());

async function start() {
  simulated = await simulate();
  const { chatwoot, receiver } = simulated;
  const { store } = chatwoot;
  const say = (conversation: Conversation, content = 'Hello?') =>
    store.addMessage(conversation, {
      type: 'incoming',
      content,
      private: false,
      sender: conversation.contact,
    });
  /** How many webhooks some work sends. */
  const webhooksOf = async (work: () => unknown) => {
    await chatwoot.webhooks.idle();
    receiver.got.length = 0;
    await work();
    await chatwoot.webhooks.idle();
    return receiver.got.length;
  };
  return { chatwoot, store, say, webhooksOf };
}

test('a conversation, a contact with all of its own, and an inbox are deleted without a webhook; later calls answer 404', async () => {
  const { chatwoot, store, webhooksOf } = await start();
  const one = store.startConversation();
  const two = store.startConversation();
  const inbox = store.addInbox({ name: 'Gone soon', channel: 'email' });
  const three = store.startConversation({ inbox });
  const sent = await webhooksOf(async () => {
    await call(chatwoot, 'DELETE', `/conversations/${one.id}`);
    await call(chatwoot, 'DELETE', `/contacts/${two.contact.id}`);
    await call(chatwoot, 'DELETE', `/inboxes/${inbox.id}`);
  });
  expect(sent).toBe(0);
  for (const path of [
    ...[one, two, three].map(({ id }) => `/conversations/${id}`),
    `/contacts/${two.contact.id}`,
    `/inboxes/${inbox.id}`,
  ])
    expect((await call(chatwoot, 'GET', path)).status).toBe(404);
});

test('what is deleted before its webhook is made has none', async () => {
  const { chatwoot, store, say, webhooksOf } = await start();
  const sent = await webhooksOf(() => {
    chatwoot.webhooks.setWorkers('stopped');
    say(store.startConversation());
    const { id } = [...store.conversations.values()].at(-1)!;
    store.deleteConversation(id);
    chatwoot.webhooks.setWorkers('running');
  });
  // The contact is still there and wrote.
  expect(sent).toBe(1);
});

test("an agent is removed: what that agent had is nobody's, without a webhook and without another updated_at", async () => {
  const { chatwoot, store, webhooksOf } = await start();
  const conversation = store.startConversation();
  store.assign(conversation, store.agents[1]!);
  const { updatedAt } = conversation;
  expect(await webhooksOf(() => call(chatwoot, 'DELETE', '/agents/9'))).toBe(0);
  expect(conversation).toMatchObject({ assignee: null, updatedAt });
  const { body } = await call(chatwoot, 'GET', '/agents');
  expect((body as { id: number }[]).map(({ id }) => id)).toEqual([7, 12]);
});

test('put back from an older backup it has forgotten what came since, and gives its numbers out again', async () => {
  const { store, say } = await start();
  const old = store.startConversation();
  say(old);
  const backup = store.backup();
  const lost = say(old, 'after the backup');
  const lostConversation = store.startConversation();
  store.restore(backup);
  const kept = store.conversations.get(old.id)!;
  expect(kept.messages).toHaveLength(1);
  expect(store.conversations.has(lostConversation.id)).toBe(false);
  expect(say(kept, 'another message').id).toBe(lost.id);
  expect(store.startConversation().id).toBe(lostConversation.id);
});
