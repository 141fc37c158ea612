import { mapped, type ChatwootAnswer } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { fieldOf, listOf, textOf } from './read-json.ts';

export interface ChatwootWebhook {
  id: number;
  url: string;
  subscriptions: string[];
  /** Chatwoot 4.12 and later, shown to administrators; null otherwise. */
  secret: string | null;
}

export interface WebhookCalls {
  listWebhooks(): Promise<ChatwootAnswer<ChatwootWebhook[]>>;
  createWebhook(webhook: { url: string; subscriptions: string[] }): Promise<ChatwootAnswer<ChatwootWebhook>>;
  updateWebhook(
    id: number,
    webhook: { url: string; subscriptions: string[] },
  ): Promise<ChatwootAnswer<ChatwootWebhook>>;
  deleteWebhook(id: number): Promise<ChatwootAnswer<null>>;
}

export function webhookCalls(call: ChatwootCall, account: string): WebhookCalls {
  const path = `${account}/webhooks`;
  return {
    async listWebhooks() {
      // The code answers with a wrapper, the documentation says a bare array.
      return mapped(await call('GET', path), (json) =>
        listOf(Array.isArray(json) ? json : fieldOf(fieldOf(json, 'payload'), 'webhooks'), webhookOf),
      );
    },
    async createWebhook(webhook) {
      return mapped(await call('POST', path, webhook), wrappedWebhook);
    },
    async updateWebhook(id, webhook) {
      return mapped(await call('PATCH', `${path}/${id}`, webhook), wrappedWebhook);
    },
    async deleteWebhook(id) {
      return mapped(await call('DELETE', `${path}/${id}`), () => null);
    },
  };
}

const wrappedWebhook = (json: unknown) => webhookOf(fieldOf(fieldOf(json, 'payload'), 'webhook'));

function webhookOf(json: unknown): ChatwootWebhook | undefined {
  const id = fieldOf(json, 'id');
  const url = fieldOf(json, 'url');
  const subscriptions = fieldOf(json, 'subscriptions');
  if (typeof id !== 'number' || typeof url !== 'string') return undefined;
  return {
    id,
    url,
    subscriptions: Array.isArray(subscriptions) ? subscriptions.map(String) : [],
    secret: textOf(fieldOf(json, 'secret')) || null,
  };
}
