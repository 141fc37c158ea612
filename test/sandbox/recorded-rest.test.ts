import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import type { Agent } from '../../app/sandbox/chatwoot/records.ts';
import { recordedCalls, type RecordedCall } from './recordings.ts';
import { shapeDifferences } from './shape.ts';
import { request } from './simulated.ts';

/** The simulated one with what the recorded one had: the same numbers of people, inboxes, conversations and messages. */
async function asRecorded(): Promise<Chatwoot> {
  const chatwoot = await startChatwoot({
    team: [
      agent(4, 'Olga Admin', 'administrator'),
      agent(5, 'Per Agent', 'agent'),
      agent(6, 'Rut Agent', 'agent'),
    ],
    widget: { id: 7, name: 'Website chat' },
    firstIds: { conversation: 1, message: 1325, contact: 564 },
    firstWebhook: 5,
  });
  const { store } = chatwoot;
  const shop = store.addInbox({ id: 6, name: 'Shop API', channel: 'api' });
  shop.api!.identifier = 'S7JhbsFHjdqrn2XBcWMHDdZf';
  const mail = store.addInbox({ id: 8, name: 'E-mail', channel: 'email' });
  const canary = store.addInbox({ id: 9, name: 'Outage Center canary', channel: 'api' });
  canary.api!.identifier = '3bt1XLwMeD7y2pUhVVW4a54S';
  for (const name of [
    'una.holt',
    'vera.ek',
    'wim.bos',
    'xi.lan',
    'yan.moss',
    'canary',
    'zed.park',
    'abe.tarn',
  ]) {
    const contact = store.addContact({ name, email: `${name}@example.test` });
    const isCanary = name === 'canary';
    const sourceId = isCanary ? 'outage-center-canary-9a08c85fab672a02' : `${name}-source`;
    const inbox = isCanary ? canary : shop;
    store.addContactInbox(contact, inbox, sourceId);
    const conversation = store.startConversation({ contact, inbox, sourceId });
    store.addMessage(conversation, {
      type: 'incoming',
      content: 'question',
      private: false,
      sender: contact,
    });
    if (!isCanary) store.assign(conversation, store.agents[1]!, 'Default Policy');
  }
  store.addContactInbox(store.contacts.get(564)!, mail, 'una.holt@example.test');
  store.addMessage(store.conversations.get(8)!, {
    type: 'outgoing',
    content: 'note for us',
    private: true,
    sender: store.agents[1]!,
  });
  return chatwoot;
}

let chatwoot: Chatwoot;
beforeAll(async () => {
  chatwoot = await asRecorded();
});
afterAll(() => chatwoot.stop());

/** With whose token, and under which conditions, a call was recorded. */
function tokenOf({ name, request: { path } }: RecordedCall): string | null {
  if (name.startsWith('no-token') || /^\/(public|health|up|rails)|^\/api$/.test(path)) return null;
  if (name.startsWith('wrong-token')) return 'wrong';
  return name.startsWith('agent-') ? chatwoot.agentToken : chatwoot.apiToken;
}

function conditionsOf({ name }: RecordedCall) {
  chatwoot.setServices(
    name.startsWith('redis-gone')
      ? 'redis_gone'
      : name.startsWith('postgresql-gone')
        ? 'database_gone'
        : 'ok',
  );
}

/** In an order in which each finds what it needs: what makes something first. */
const CALLS = recordedCalls().sort((a, b) => rank(a) - rank(b));
function rank({ name }: RecordedCall): number {
  if (name === 'webhook-create') return 0;
  if (name.startsWith('client-contact') || name === 'conversation-create' || name === 'contact-create')
    return 1;
  if (name.startsWith('toggle') || name.startsWith('status')) return 3;
  return 2;
}

test('every call was recorded', () => expect(CALLS.length).toBeGreaterThanOrEqual(78));

test.each(CALLS.map((call) => [call.name, call] as const))('%s', async (_name, recorded) => {
  conditionsOf(recorded);
  const { method, path, body } = recorded.request;
  const answer = await request(chatwoot, method, path, body, tokenOf(recorded));
  expect(answer.status).toBe(recorded.response.status);
  const type = (value: string | null | undefined) => value?.toLowerCase() ?? null;
  expect(type(answer.headers.get('content-type'))).toBe(type(recorded.response.headers['content-type']));
  if (type(answer.headers.get('content-type'))?.startsWith('text/html')) {
    expect(answer.body === '').toBe(recorded.response.body === '');
    return;
  }
  expect(shapeDifferences(recorded.response.body, answer.body)).toEqual([]);
});

function agent(id: number, name: string, role: Agent['role']): Agent {
  const email = `${name.toLowerCase().replace(' ', '.')}@example.test`;
  return { kind: 'agent', id, name, availableName: name, email, role };
}
