import { mapped, ofRecord, type ChatwootAnswer } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { fieldOf, isRecord, listOf, textOf, type JsonRecord } from '../json.ts';
import { type ExactId, exactId } from './exact-id.ts';

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
