import { fieldOf, listOf, textOf } from '../json.ts';
import { type ChatwootAnswer, mapped } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { exactId, type ExactId } from './chatwoot-values.ts';

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
  /** Whether a webhook to exactly this address is there, listed or not. Changes nothing. */
  webhookExists(url: string): Promise<ChatwootAnswer<boolean>>;
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
    async webhookExists(url) {
      // One without events is never made (422), and what is wrong with it names an address that is taken.
      const answer = await call('POST', path, { url, subscriptions: [] });
      if (answer.outcome === 'invalid') return { outcome: 'ok', value: /taken/i.test(answer.detail) };
      if (answer.outcome !== 'ok') return answer;
      const made = wrappedWebhook(answer.value);
      if (made) await call('DELETE', `${path}/${made.id}`);
      return { outcome: 'ok', value: false };
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

/**
 * Whether a webhook's address leads to ours, whatever its query, and a slash at its end or one too many: the endpoint takes these.
 * @param target our address; where the host is not known, its path alone
 */
export function leadsHere(url: string, target: string): boolean {
  if (!URL.canParse(url)) return false;
  const one = new URL(url);
  const other = new URL(target, one);
  return one.origin === other.origin && plainPath(one) === plainPath(other);
}

/** The path of an address as our endpoint reads it. */
export const plainPath = ({ pathname }: URL): string => pathname.replace(/\/{2,}/g, '/').replace(/\/+$/, '');

/** A page of another app beside the conversations. */
interface DashboardApp {
  id: ExactId;
  title: string;
  /** Of its frames. */
  urls: string[];
}

export interface DashboardAppCalls {
  listDashboardApps(): Promise<ChatwootAnswer<DashboardApp[]>>;
  createDashboardApp(app: { title: string; url: string }): Promise<ChatwootAnswer<DashboardApp>>;
  deleteDashboardApp(id: ExactId): Promise<ChatwootAnswer<null>>;
}

export function dashboardAppCalls(call: ChatwootCall, account: string): DashboardAppCalls {
  const path = `${account}/dashboard_apps`;
  return {
    async listDashboardApps() {
      return mapped(await call('GET', path), (json) => listOf(json, appOf));
    },
    async createDashboardApp({ title, url }) {
      const app = { title, content: [{ type: 'frame', url }] };
      return mapped(await call('POST', path, app), appOf);
    },
    async deleteDashboardApp(id) {
      return mapped(await call('DELETE', `${path}/${id}`), () => null);
    },
  };
}

function appOf(json: unknown): DashboardApp | undefined {
  const id = exactId(fieldOf(json, 'id'));
  const title = textOf(fieldOf(json, 'title'));
  const urls = listOf(fieldOf(json, 'content'), (frame) => textOf(fieldOf(frame, 'url')) ?? undefined);
  return id === null || title === null ? undefined : { id, title, urls: urls ?? [] };
}
