import { type ApiAnswer, invalid, notFound, ok } from './answer.ts';
import type { ChatwootStore } from '../store/store.ts';
import type { Contact } from '../records.ts';
import { restConversation, restInboxOfContact, restContact as shownContact } from './shapes/conversation.ts';

const PAGE_SIZE = 15;

/** One call under `/api/v1/accounts/{a}/contacts`. */
export interface ContactsCall {
  method: string;
  path: string[];
  query: URLSearchParams;
  body: Record<string, unknown>;
}

/** @returns null when there is no such route */
export function answerContacts(store: ChatwootStore, call: ContactsCall): ApiAnswer | null {
  const { method, path, query, body } = call;
  if (path.length === 0) return method === 'POST' ? create(store, body) : null;
  if (method === 'GET' && path.join('/') === 'search') return search(store, query);
  const contact = store.contacts.get(Number(path[0]));
  if (!contact) return notFound();
  switch (`${method} ${path.slice(1).join('/')}`) {
    case 'GET ':
      return ok({ payload: restContact(store, contact) });
    case 'DELETE ':
      store.deleteContact(contact.id);
      return ok();
    case 'PUT ':
      return update(store, contact, body);
    case 'GET conversations': {
      const own = [...store.conversations.values()].filter((one) => one.contact.id === contact.id);
      own.sort((a, b) => b.lastActivityAt - a.lastActivityAt);
      return ok({ payload: own.slice(0, 20).map((one) => restConversation(store.placeOf(one), one)) });
    }
    case 'POST contact_inboxes': {
      const inbox = store.inboxes.find(({ id }) => id === Number(body.inbox_id));
      if (!inbox) return notFound();
      const added = store.addContactInbox(contact, inbox, textOf(body.source_id) ?? undefined);
      return ok({ source_id: added.sourceId, inbox: restInboxOfContact(inbox) });
    }
    default:
      return null;
  }
}

function create(store: ChatwootStore, body: Record<string, unknown>): ApiAnswer {
  const problem = takenBy(store, body, null);
  if (problem) return problem;
  const contact = store.addContact({
    name: textOf(body.name) ?? '',
    email: textOf(body.email)?.toLowerCase() ?? null,
    phoneNumber: textOf(body.phone_number),
    identifier: textOf(body.identifier),
    customAttributes: (body.custom_attributes ?? {}) as Record<string, unknown>,
    additionalAttributes: (body.additional_attributes ?? {}) as Record<string, unknown>,
  });
  const inbox = store.inboxes.find(({ id }) => id === Number(body.inbox_id));
  const added = inbox && store.addContactInbox(contact, inbox, textOf(body.source_id) ?? undefined);
  return ok({
    payload: {
      contact: restContact(store, contact),
      contact_inbox: added
        ? { inbox: restInboxOfContact(added.inbox), source_id: added.sourceId }
        : { inbox: null, source_id: null },
    },
  });
}

function update(store: ChatwootStore, contact: Contact, body: Record<string, unknown>): ApiAnswer {
  const problem = takenBy(store, body, contact);
  if (problem) return problem;
  const { name, custom_attributes: custom, blocked } = body;
  store.changeContact(contact, {
    ...(typeof name === 'string' && name !== contact.name && { name }),
    ...(typeof body.email === 'string' && { email: body.email.toLowerCase() }),
    ...(typeof body.phone_number === 'string' && { phoneNumber: body.phone_number }),
    ...(custom !== undefined && { customAttributes: { ...contact.customAttributes, ...(custom as object) } }),
    ...(typeof blocked === 'boolean' && { blocked }),
  });
  return ok({ payload: restContact(store, contact) });
}

/** Email, phone number and identifier are unique in the account. */
function takenBy(
  store: ChatwootStore,
  body: Record<string, unknown>,
  self: Contact | null,
): ApiAnswer | null {
  const others = [...store.contacts.values()].filter((contact) => contact !== self);
  const { email, phone_number: phone, identifier } = body;
  if (typeof email === 'string' && !/^\S+@\S+$/.test(email)) return invalid('Email is invalid', 'email');
  if (typeof phone === 'string' && phone !== '' && !/^\+[1-9]\d{1,14}$/.test(phone))
    return invalid('Phone number should be in e164 format', 'phone_number');
  if (typeof email === 'string' && others.some((one) => one.email === email.toLowerCase()))
    return invalid('Email has already been taken', 'email');
  if (typeof phone === 'string' && phone !== '' && others.some((one) => one.phoneNumber === phone))
    return invalid('Phone number has already been taken', 'phone_number');
  if (typeof identifier === 'string' && others.some((one) => one.identifier === identifier))
    return invalid('Identifier has already been taken', 'identifier');
  return null;
}

/** By a part of the name, email address, phone number or identifier. */
function search(store: ChatwootStore, query: URLSearchParams): ApiAnswer {
  const wanted = (query.get('q') ?? '').trim().toLowerCase();
  if (wanted === '') return { status: 422, body: { error: 'Specify search string with parameter q' } };
  const found = [...store.contacts.values()].filter((contact) =>
    [contact.name, contact.email, contact.phoneNumber, contact.identifier].some((value) =>
      value?.toLowerCase().includes(wanted),
    ),
  );
  const page = Math.max(1, Number(query.get('page')) || 1);
  return ok({
    meta: { count: found.length, current_page: page, has_more: found.length > page * PAGE_SIZE },
    payload: found
      .slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
      .map((contact) => restContact(store, contact)),
  });
}

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

const restContact = (store: ChatwootStore, contact: Contact) => shownContact(contact, store.contactInboxes);
