import { randomUUID } from 'node:crypto';
import { deriveKeys } from '../../app/features/intake/derive-keys.ts';
import type { InboxRow } from '../../app/features/intake/inbox-row.ts';
import { insertWebhooks } from '../../app/features/intake/insert-webhooks.server.ts';
import { projectWebhooks } from '../../app/features/waiting/project-webhooks.server.ts';
import { sealBody } from '../../app/lib/body-cipher.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { type ChatwootStore, createChatwootStore } from '../../app/sandbox/chatwoot/store/store.ts';
import { railsJson } from '../../app/sandbox/chatwoot/webhooks/payload-parts.ts';
import { type WebhookPayload } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { seededRandom } from '../../app/sandbox/random.ts';
import type { TestServices } from '../support/services.ts';

/** A payload as the intake would store it. */
export function inboxRow(services: TestServices, payload: WebhookPayload, receivedAt = new Date()): InboxRow {
  const body = Buffer.from(railsJson(payload));
  const parsed = JSON.parse(body.toString()) as WebhookPayload;
  const keys = deriveKeys({
    payload: parsed,
    body,
    deliveryId: randomUUID(),
    eventId: randomUUID(),
    defaultAccount: '2',
  });
  return {
    ...keys,
    deliveryId: null,
    headers: '{}',
    body: sealBody(services.config.DATA_ENCRYPTION_KEYS, body, keys.eventId),
    receivedAt,
  };
}

/** Stores payloads as the intake would, in this order, in one transaction. @returns how many were new */
export async function storeEvents(
  services: TestServices,
  payloads: readonly WebhookPayload[],
  receivedAt = new Date(),
): Promise<number> {
  if (payloads.length === 0) return 0;
  const rows = payloads.map((payload) => inboxRow(services, payload, receivedAt));
  return inTransaction(
    services.db.pool,
    async (client) => (await insertWebhooks(client, rows, 'direct')).size,
  );
}

/** Projects until nothing is left. */
export async function projectAll(services: TestServices, now = new Date()): Promise<void> {
  for (;;) {
    const round = await projectWebhooks(services, now);
    if (round.outcome === 'projected' && !round.more) return;
  }
}

export interface Shop {
  store: ChatwootStore;
  payloads: WebhookPayload[];
  clock: { now: number };
  /** A new customer who writes one message. */
  customer(): ReturnType<ChatwootStore['startConversation']>;
  writes(conversation: ReturnType<ChatwootStore['startConversation']>): void;
  answers(conversation: ReturnType<ChatwootStore['startConversation']>, agent?: number): void;
  notes(conversation: ReturnType<ChatwootStore['startConversation']>): void;
}

/** A Chatwoot on a clock of its own, whose webhooks are collected instead of sent. */
export function openShop(start: Date, seed = 1): Shop {
  const payloads: WebhookPayload[] = [];
  const clock = { now: start.getTime() };
  const store = createChatwootStore({
    place: { account: { id: 2, name: 'Northwind Tools' }, inbox: { id: 5, name: 'Store chat' } },
    random: seededRandom(seed),
    now: () => clock.now,
    firstIds: { conversation: 401, message: 9001, contact: 201 },
    announce: (event) => void payloads.push(JSON.parse(railsJson(event())) as WebhookPayload),
  });
  const say = (
    conversation: ReturnType<ChatwootStore['startConversation']>,
    type: 'incoming' | 'outgoing',
    isPrivate = false,
    agent = 0,
  ) =>
    void store.addMessage(conversation, {
      type,
      content: 'SECRET WORDS',
      private: isPrivate,
      sender: type === 'incoming' ? conversation.contact : store.agents[agent]!,
    });
  return {
    store,
    payloads,
    clock,
    customer() {
      const conversation = store.startConversation();
      say(conversation, 'incoming');
      return conversation;
    },
    writes: (conversation) => say(conversation, 'incoming'),
    answers: (conversation, agent = 0) => say(conversation, 'outgoing', false, agent),
    notes: (conversation) => say(conversation, 'outgoing', true),
  };
}
