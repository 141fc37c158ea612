import { fieldOf, isRecord, type JsonRecord, listOf, numberOf, textOf } from '../json.ts';
import { type ChatwootAnswer, mapped, ofRecord } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { type ExactId, exactId } from './chatwoot-values.ts';

export interface ChatwootAgent {
  id: ExactId;
  name: string;
  availability: 'online' | 'busy' | 'offline';
  /** Has accepted the invitation. */
  confirmed: boolean;
}

/** Thresholds in seconds; null where the policy says nothing. */
interface ChatwootSlaPolicy {
  id: ExactId;
  name: string;
  firstResponseSeconds: number | null;
  nextResponseSeconds: number | null;
  onlyDuringBusinessHours: boolean;
}

export interface AgentCalls {
  listAgents(): Promise<ChatwootAnswer<ChatwootAgent[]>>;
  /** Who sees the conversations of an inbox: its members, and administrators. `not_found`: no such inbox. */
  listAssignableAgents(inboxId: ExactId): Promise<ChatwootAnswer<ChatwootAgent[]>>;
  /** Enterprise with the account feature `sla` only: `unauthorized`, `forbidden` and `not_found` mean that there are none. */
  listSlaPolicies(): Promise<ChatwootAnswer<ChatwootSlaPolicy[]>>;
}

export function agentCalls(call: ChatwootCall, account: string): AgentCalls {
  return {
    async listAgents() {
      return mapped(await call('GET', `${account}/agents`), (json) => listOf(json, agentOf));
    },
    async listAssignableAgents(inboxId) {
      const query = new URLSearchParams({ 'inbox_ids[]': String(inboxId) });
      const answer = await call('GET', `${account}/assignable_agents?${query}`);
      return mapped(answer, (json) => listOf(fieldOf(json, 'payload'), agentOf));
    },
    async listSlaPolicies() {
      const answer = await call('GET', `${account}/sla_policies`);
      return mapped(answer, (json) => listOf(fieldOf(json, 'payload'), policyOf));
    },
  };
}

function agentOf(json: unknown): ChatwootAgent | undefined {
  if (!isRecord(json)) return undefined;
  const id = exactId(json.id);
  if (id === null) return undefined;
  const availability = textOf(json.availability_status);
  return {
    id,
    name: textOf(json.available_name) || textOf(json.name) || `Agent ${id}`,
    availability: availability === 'online' || availability === 'busy' ? availability : 'offline',
    confirmed: json.confirmed !== false,
  };
}

function policyOf(json: unknown): ChatwootSlaPolicy | undefined {
  if (!isRecord(json)) return undefined;
  const id = exactId(json.id);
  if (id === null) return undefined;
  return {
    id,
    name: textOf(json.name) ?? '',
    firstResponseSeconds: numberOf(json.first_response_time_threshold),
    nextResponseSeconds: numberOf(json.next_response_time_threshold),
    onlyDuringBusinessHours: json.only_during_business_hours === true,
  };
}

export interface ChatwootContact {
  id: ExactId;
  name: string;
  email: string | null;
  phoneNumber: string | null;
  identifier: string | null;
  inboxes: { sourceId: string; inboxId: ExactId }[];
}

interface NewContact {
  name: string;
  email?: string;
  /** E.164, with +. */
  phoneNumber?: string;
  identifier?: string;
  inboxId?: ExactId;
  customAttributes?: JsonRecord;
}

export interface ContactCalls {
  /** By a part of the name, email address, phone number or identifier, in no order; 15 a page, from 1. */
  searchContacts(text: string, page?: number): Promise<ChatwootAnswer<ChatwootContact[]>>;
  getContact(id: ExactId): Promise<ChatwootAnswer<ChatwootContact>>;
  /** `invalid` when email, phone number or identifier is another contact's. */
  createContact(contact: NewContact): Promise<ChatwootAnswer<ChatwootContact>>;
  /** Makes the contact known in an inbox. */
  addContactInbox(contactId: ExactId, inboxId: ExactId): Promise<ChatwootAnswer<{ sourceId: string }>>;
}

export function contactCalls(call: ChatwootCall, account: string): ContactCalls {
  const path = `${account}/contacts`;
  return {
    async searchContacts(text, page = 1) {
      const query = new URLSearchParams({ q: text, ...(page > 1 && { page: String(page) }) });
      const answer = await call('GET', `${path}/search?${query}`);
      return mapped(answer, (json) => listOf(fieldOf(json, 'payload'), contactOf));
    },
    async getContact(id) {
      return mapped(ofRecord(await call('GET', `${path}/${id}`)), (json) =>
        contactOf(fieldOf(json, 'payload')),
      );
    },
    async createContact(contact) {
      const answer = await call('POST', path, {
        name: contact.name,
        email: contact.email,
        phone_number: contact.phoneNumber,
        identifier: contact.identifier,
        inbox_id: contact.inboxId,
        custom_attributes: contact.customAttributes,
      });
      return mapped(answer, (json) => contactOf(fieldOf(fieldOf(json, 'payload'), 'contact')));
    },
    async addContactInbox(contactId, inboxId) {
      const answer = await call('POST', `${path}/${contactId}/contact_inboxes`, { inbox_id: inboxId });
      return mapped(answer, (json) => {
        const sourceId = textOf(fieldOf(json, 'source_id'));
        return sourceId === null ? undefined : { sourceId };
      });
    },
  };
}

function contactOf(json: unknown): ChatwootContact | undefined {
  if (!isRecord(json)) return undefined;
  const id = exactId(json.id);
  if (id === null) return undefined;
  const inboxes = listOf(json.contact_inboxes, (one) => {
    const sourceId = textOf(fieldOf(one, 'source_id'));
    const inboxId = exactId(fieldOf(fieldOf(one, 'inbox'), 'id'));
    return sourceId === null || inboxId === null ? undefined : { sourceId, inboxId };
  });
  return {
    id,
    name: textOf(json.name) ?? '',
    email: textOf(json.email),
    phoneNumber: textOf(json.phone_number),
    identifier: textOf(json.identifier),
    inboxes: inboxes ?? [],
  };
}
