import { alphanumerics, uuidFrom, type Random } from '../../random.ts';
import { inventContact } from '../invented-customers.ts';
import type { Agent, ApiChannel, Contact, ContactInbox, Inbox } from '../records.ts';
import { newSecret } from '../webhooks/payloads.ts';

/** An inbox as it is added; an API inbox gets its identifier and secrets, others must not name `api`. */
type NewInbox = Omit<Inbox, 'id' | 'api'> & { id?: number; webhookUrl?: string };

export interface Directory {
  agents: readonly Agent[];
  /** The widget first. */
  inboxes: readonly Inbox[];
  /** An inbox of any channel. */
  addInbox(inbox: NewInbox): Inbox;
  /** An inbox whose channel is the API; Chatwoot makes its identifier and secrets. */
  addApiInbox(name: string, webhookUrl: string): Inbox & { api: ApiChannel };
  /** Administrators see every conversation, agents those of the inboxes that they are members of. */
  maySee(agent: Agent, inbox: Inbox): boolean;
  /** The people known by the conversations and by the API, oldest first; bounded. */
  contacts: ReadonlyMap<number, Contact>;
  addContact(contact: Partial<Omit<Contact, 'kind' | 'id' | 'updatedAt'>>): Contact;
  inventContact(): Contact;
  /** Every contact in every inbox that it is known in, in order. */
  contactInboxes: readonly ContactInbox[];
  /** The one that is there already, if the contact has one of that source id in that inbox. */
  addContactInbox(contact: Contact, inbox: Inbox, sourceId?: string): ContactInbox;
}

/** The directory as the store itself uses it. */
export interface OpenDirectory extends Directory {
  forgetContact(id: number): void;
  forgetInbox(id: number): void;
  forgetAgent(id: number): void;
  nextContact(): number;
  putBack(contacts: Contact[], contactInboxes: ContactInbox[], nextContact: number): void;
}

/** Who and what belongs to the account. */
export function createDirectory(options: {
  widget: Inbox;
  team: readonly Agent[];
  random: Random;
  now: () => number;
  firstContact: number;
  cap: number;
}): OpenDirectory {
  const { widget, random, now, cap } = options;
  // Each Chatwoot its own people: their availability changes.
  const agents = options.team.map((agent) => ({ ...agent }));
  const membersByDefault = agents.filter(({ role }) => role === 'agent').map(({ id }) => id);
  const inboxes: Inbox[] = [widget];
  const contacts = new Map<number, Contact>();
  const contactInboxes: ContactInbox[] = [];
  let nextContact = options.firstContact;

  function keep(contact: Contact): Contact {
    contacts.set(contact.id, contact);
    forgetOldest(contacts, cap);
    return contact;
  }

  function addInbox({ webhookUrl = '', ...rest }: NewInbox): Inbox {
    const id = rest.id ?? Math.max(0, ...inboxes.map((inbox) => inbox.id)) + 1;
    const inbox: Inbox = { ...rest, id };
    if (rest.channel === 'api')
      inbox.api = {
        identifier: alphanumerics(random, 24),
        webhookUrl,
        secret: newSecret(),
        hmacToken: alphanumerics(random, 24),
      };
    inboxes.push(inbox);
    return inbox;
  }

  const without = (list: { id: number }[], id: number) => {
    const index = list.findIndex((one) => one.id === id);
    if (index >= 0) list.splice(index, 1);
  };
  const forgetKnown = (matches: (one: ContactInbox) => boolean) =>
    contactInboxes.splice(0, Infinity, ...contactInboxes.filter((one) => !matches(one)));

  return {
    agents,
    inboxes,
    contacts,
    addInbox,
    addApiInbox: (name, webhookUrl) =>
      addInbox({ name, webhookUrl, channel: 'api' }) as Inbox & { api: ApiChannel },
    maySee: ({ id, role }, { members = membersByDefault }) =>
      role === 'administrator' || members.includes(id),
    addContact: (contact) =>
      keep({
        name: '',
        email: null,
        phoneNumber: null,
        customAttributes: {},
        ...contact,
        kind: 'contact',
        id: nextContact++,
        createdAt: now(),
        updatedAt: now(),
      }),
    contactInboxes,
    addContactInbox(contact, inbox, sourceId = uuidFrom(random)) {
      const there = contactInboxes.find((one) => one.inbox.id === inbox.id && one.sourceId === sourceId);
      if (there) return there;
      const added = { contact, inbox, sourceId };
      contactInboxes.push(added);
      return added;
    },
    inventContact: () => keep({ ...inventContact(random, nextContact++, now()), createdAt: now() }),
    forgetContact(id) {
      contacts.delete(id);
      forgetKnown(({ contact }) => contact.id === id);
    },
    forgetInbox(id) {
      without(inboxes, id);
      forgetKnown(({ inbox }) => inbox.id === id);
    },
    forgetAgent: (id) => without(agents, id),
    nextContact: () => nextContact,
    putBack(people, known, next) {
      contacts.clear();
      for (const contact of people) contacts.set(contact.id, contact);
      contactInboxes.splice(0, Infinity, ...known);
      nextContact = next;
    },
  };
}

export function forgetOldest(records: Map<number, unknown>, cap: number) {
  for (const id of records.keys()) {
    if (records.size <= cap) break;
    records.delete(id);
  }
}
