import { AGENTS, inventContact } from './invented-customers.ts';
import { alphanumerics, uuidFrom, type Random } from '../random.ts';
import type { Agent, ApiChannel, Contact, ContactInbox, Inbox } from './records.ts';

export interface Directory {
  agents: readonly Agent[];
  /** The widget first. */
  inboxes: readonly Inbox[];
  /** An inbox whose channel is the API; Chatwoot makes its identifier and secrets. */
  addApiInbox(name: string, webhookUrl: string): Inbox & { api: ApiChannel };
  /** The people known by the conversations and by the API, oldest first; bounded. */
  contacts: ReadonlyMap<number, Contact>;
  addContact(contact: Partial<Omit<Contact, 'kind' | 'id' | 'updatedAt'>>): Contact;
  inventContact(): Contact;
  /** Made by the API, in order. */
  contactInboxes: readonly ContactInbox[];
  /** The one that is there already, if the contact has one of that source id in that inbox. */
  addContactInbox(contact: Contact, inbox: Inbox, sourceId?: string): ContactInbox;
}

/** Who and what belongs to the account. */
export function createDirectory(options: {
  widget: Inbox;
  random: Random;
  now: () => number;
  firstContact: number;
  cap: number;
}): Directory {
  const { widget, random, now, cap } = options;
  const inboxes: Inbox[] = [widget];
  const contacts = new Map<number, Contact>();
  const contactInboxes: ContactInbox[] = [];
  let nextContact = options.firstContact;

  function keep(contact: Contact): Contact {
    contacts.set(contact.id, contact);
    forgetOldest(contacts, cap);
    return contact;
  }

  return {
    // Each Chatwoot its own people: their availability changes.
    agents: AGENTS.map((agent) => ({ ...agent })),
    inboxes,
    contacts,
    addApiInbox(name, webhookUrl) {
      const api = {
        identifier: alphanumerics(random, 24),
        webhookUrl,
        secret: alphanumerics(random, 24),
        hmacToken: alphanumerics(random, 24),
      };
      const inbox = { id: Math.max(...inboxes.map(({ id }) => id)) + 1, name, api };
      inboxes.push(inbox);
      return inbox;
    },
    addContact: (contact) =>
      keep({
        name: '',
        email: null,
        phoneNumber: null,
        customAttributes: {},
        ...contact,
        kind: 'contact',
        id: nextContact++,
        updatedAt: now(),
      }),
    contactInboxes,
    addContactInbox(contact, inbox, sourceId = uuidFrom(random)) {
      const there = contactInboxes.find((one) => one.inbox === inbox && one.sourceId === sourceId);
      if (there) return there;
      const added = { contact, inbox, sourceId };
      contactInboxes.push(added);
      return added;
    },
    inventContact: () => keep(inventContact(random, nextContact++, now())),
  };
}

export function forgetOldest(records: Map<number, unknown>, cap: number) {
  for (const id of records.keys()) {
    if (records.size <= cap) break;
    records.delete(id);
  }
}
