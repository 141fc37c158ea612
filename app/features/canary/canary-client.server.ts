import { failureWords, mapped, type ChatwootAnswer } from '../../lib/chatwoot/answer.ts';
import { createChatwootCall } from '../../lib/chatwoot/call.server.ts';
import { messageOf, type ChatwootMessage } from '../../lib/chatwoot/messages.server.ts';
import { fieldOf, listOf, textOf } from '../../lib/json.ts';
import type { Connection } from '../../lib/settings/config.ts';
import { type ExactId, exactId } from '../../lib/chatwoot/chatwoot-values.ts';

/** What a call came to. `retry`: it may succeed a moment later (no answer, 429, 5xx). */
export type CanaryAnswer<T> = { ok: true; value: T } | { ok: false; retry: boolean; problem: string };

export interface CanaryInbox {
  id: ExactId;
  name: string;
  /** Names an API inbox in the client API; null for every other kind. */
  identifier: string | null;
}

/** The parts of Chatwoot's API that the canary walks: the client API as a customer, the rest with the account's token. */
export function createCanaryClient(connection: Connection) {
  const { chatwootUrl: baseUrl, accountId, apiToken } = connection;
  const send = createChatwootCall({ baseUrl, accountId, apiToken });
  const account = `/api/v1/accounts/${accountId}`;
  const contacts = (inbox: string) => `/public/api/v1/inboxes/${encodeURIComponent(inbox)}/contacts`;
  const own = (inbox: string, sourceId: string) =>
    `${contacts(inbox)}/${encodeURIComponent(sourceId)}/conversations`;

  async function call<T>(
    method: string,
    path: string,
    read: (json: unknown) => T | undefined,
    body?: object,
  ): Promise<CanaryAnswer<T>> {
    return judged(mapped(await send(method, path, body), read));
  }

  return {
    inboxes: () => call('GET', `${account}/inboxes`, (json) => listOf(fieldOf(json, 'payload'), inboxOf)),
    createInbox: (name: string) =>
      call('POST', `${account}/inboxes`, inboxOf, { name, channel: { type: 'api', webhook_url: '' } }),
    contact: (inbox: string, sourceId: string) =>
      call('POST', contacts(inbox), (json) => textOf(fieldOf(json, 'source_id')) ?? undefined, {
        source_id: sourceId,
        identifier: 'outage-center-canary',
        name: 'Outage Center canary',
      }),
    conversations: (inbox: string, sourceId: string) =>
      call('GET', own(inbox, sourceId), (json) => listOf(json, idOf)),
    createConversation: (inboxId: ExactId, sourceId: string, mark: string) =>
      call('POST', `${account}/conversations`, idOf, {
        inbox_id: inboxId,
        source_id: sourceId,
        custom_attributes: { outage_center_canary: mark },
        additional_attributes: { outage_center_canary: mark },
      }),
    writeAsCustomer: (inbox: string, sourceId: string, conversation: string, content: string) =>
      call('POST', `${own(inbox, sourceId)}/${conversation}/messages`, idOf, { content }),
    /** @param after only newer ones, the first 100 */
    messages: (conversation: string, after: ExactId): Promise<CanaryAnswer<ChatwootMessage[]>> =>
      call('GET', `${account}/conversations/${conversation}/messages?after=${after}`, (json) =>
        listOf(fieldOf(json, 'payload'), messageOf),
      ),
    reply: (conversation: string, content: string, mark: string) =>
      call('POST', `${account}/conversations/${conversation}/messages`, idOf, {
        content,
        message_type: 'outgoing',
        private: false,
        content_attributes: { outage_center_canary: mark },
      }),
    label: (conversation: string) =>
      call('POST', `${account}/conversations/${conversation}/labels`, () => true, {
        labels: ['outage-center-canary'],
      }),
    resolve: (conversation: string) =>
      call('POST', `${account}/conversations/${conversation}/toggle_status`, () => true, {
        status: 'resolved',
      }),
  };
}

export type CanaryClient = ReturnType<typeof createCanaryClient>;

function judged<T>(answer: ChatwootAnswer<T>): CanaryAnswer<T> {
  if (answer.outcome === 'ok') return { ok: true, value: answer.value };
  const retry = answer.outcome === 'unreachable' || answer.outcome === 'throttled';
  return { ok: false, retry, problem: `${failureWords(answer)}.` };
}

function inboxOf(json: unknown): CanaryInbox | undefined {
  const id = idOf(json);
  if (id === undefined) return undefined;
  return {
    id,
    name: textOf(fieldOf(json, 'name')) ?? '',
    identifier: textOf(fieldOf(json, 'inbox_identifier')) || null,
  };
}

const idOf = (json: unknown): ExactId | undefined => exactId(fieldOf(json, 'id')) ?? undefined;
