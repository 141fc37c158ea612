import { fieldOf, isRecord, type JsonRecord, listOf, textOf } from '../json.ts';
import type { Services } from '../services.server.ts';
import { type ChatwootAnswer, mapped } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { type ExactId, exactId } from './chatwoot-values.ts';

/** When an inbox is open, and what it answers when it is not. */
export interface InboxHours {
  working_hours_enabled: boolean;
  out_of_office_message: string | null;
  /** Seven days, as Chatwoot writes them; empty when it does not say. */
  working_hours: JsonRecord[];
}

export interface ChatwootInbox {
  id: ExactId;
  name: string;
  /** E.g. `Channel::WebWidget`. */
  channel: string;
  /** Addresses whose e-mails become its conversations, in lower case; of e-mail inboxes only. */
  emails: string[];
  hours: InboxHours;
  /** Of API inboxes only: the name in the client API, where its webhook leads and, since 4.13 and for administrators, its secret. */
  api: { identifier: string; webhookUrl: string | null; secret: string | null } | null;
}

export interface InboxCalls {
  listInboxes(): Promise<ChatwootAnswer<ChatwootInbox[]>>;
  /** Not idempotent; administrators only. */
  createApiInbox(name: string): Promise<ChatwootAnswer<ChatwootInbox>>;
  /** Where an API inbox's webhook leads; empty for nowhere. Idempotent; administrators only. */
  setInboxWebhook(id: ExactId, url: string): Promise<ChatwootAnswer<ChatwootInbox>>;
  /** Idempotent; administrators only. @returns the inbox as it is afterwards */
  setInboxHours(id: ExactId, hours: InboxHours): Promise<ChatwootAnswer<ChatwootInbox>>;
}

export function inboxCalls(call: ChatwootCall, account: string): InboxCalls {
  const path = `${account}/inboxes`;
  return {
    async listInboxes() {
      return mapped(await call('GET', path), (json) => listOf(fieldOf(json, 'payload'), inboxOf));
    },
    async createApiInbox(name) {
      return mapped(await call('POST', path, { name, channel: { type: 'api', webhook_url: '' } }), inboxOf);
    },
    async setInboxWebhook(id, url) {
      return mapped(await call('PATCH', `${path}/${id}`, { channel: { webhook_url: url } }), inboxOf);
    },
    async setInboxHours(id, hours) {
      const { working_hours, ...rest } = hours;
      const body = { ...rest, ...(working_hours.length > 0 && { working_hours }) };
      return mapped(await call('PATCH', `${path}/${id}`, body), inboxOf);
    },
  };
}

function inboxOf(json: unknown): ChatwootInbox | undefined {
  if (!isRecord(json)) return undefined;
  const id = exactId(json.id);
  if (id === null) return undefined;
  return {
    id,
    name: textOf(json.name) ?? `Inbox ${id}`,
    channel: textOf(json.channel_type) ?? '',
    emails: [json.email, json.forward_to_email].flatMap((email) => textOf(email)?.toLowerCase() ?? []),
    api: apiOf(json),
    hours: {
      working_hours_enabled: json.working_hours_enabled === true,
      out_of_office_message: textOf(json.out_of_office_message),
      working_hours: listOf(json.working_hours, (day) => (isRecord(day) ? day : undefined)) ?? [],
    },
  };
}

function apiOf(json: JsonRecord): ChatwootInbox['api'] {
  const identifier = textOf(json.inbox_identifier);
  if (!identifier) return null;
  return {
    identifier,
    webhookUrl: textOf(json.webhook_url) || null,
    secret: textOf(json.secret) || null,
  };
}

/** Name of the inbox that is made for canaries when none is configured. */
export const CANARY_INBOX = 'Outage Center canary';

/**
 * Leaves out the inboxes that are there for canaries only: the one that is configured, the one that was made, also under
 * another name. No customer is to be sent there.
 */
export async function withoutCanaryInboxes<T extends { id: ExactId; name: string; channel: string }>(
  { db, config }: Pick<Services, 'db' | 'config'>,
  inboxes: readonly T[],
): Promise<T[]> {
  const { rows } = await db.pool.query<{ inbox_id: ExactId }>(
    'SELECT DISTINCT inbox_id FROM canary_runs WHERE inbox_id IS NOT NULL',
  );
  const own = new Set<ExactId | undefined>([config.CANARY_INBOX_ID, ...rows.map((row) => row.inbox_id)]);
  return inboxes.filter(
    ({ id, name, channel }) => !own.has(id) && !(channel === 'Channel::Api' && name === CANARY_INBOX),
  );
}
