import { mapped, type ChatwootAnswer } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { fieldOf, isRecord, listOf, numberOf, textOf, type JsonRecord } from './read-json.ts';

/** When an inbox is open, and what it answers when it is not. */
export interface InboxHours {
  working_hours_enabled: boolean;
  out_of_office_message: string | null;
  /** Seven days, as Chatwoot writes them; empty when it does not say. */
  working_hours: JsonRecord[];
}

export interface ChatwootInbox {
  id: number;
  name: string;
  /** E.g. `Channel::WebWidget`. */
  channel: string;
  /** Addresses whose e-mails become its conversations, in lower case; of e-mail inboxes only. */
  emails: string[];
  hours: InboxHours;
}

export interface InboxCalls {
  listInboxes(): Promise<ChatwootAnswer<ChatwootInbox[]>>;
  /** Idempotent; administrators only. @returns the inbox as it is afterwards */
  setInboxHours(id: number, hours: InboxHours): Promise<ChatwootAnswer<ChatwootInbox>>;
}

export function inboxCalls(call: ChatwootCall, account: string): InboxCalls {
  const path = `${account}/inboxes`;
  return {
    async listInboxes() {
      return mapped(await call('GET', path), (json) => listOf(fieldOf(json, 'payload'), inboxOf));
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
  const id = numberOf(json.id);
  if (id === null) return undefined;
  return {
    id,
    name: textOf(json.name) ?? `Inbox ${id}`,
    channel: textOf(json.channel_type) ?? '',
    emails: [json.email, json.forward_to_email].flatMap((email) => textOf(email)?.toLowerCase() ?? []),
    hours: {
      working_hours_enabled: json.working_hours_enabled === true,
      out_of_office_message: textOf(json.out_of_office_message),
      working_hours: listOf(json.working_hours, (day) => (isRecord(day) ? day : undefined)) ?? [],
    },
  };
}
