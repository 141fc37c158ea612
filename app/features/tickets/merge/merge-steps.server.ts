import { failureWords, type ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import { callPatiently, type Patience } from '../../../lib/chatwoot/pace.server.ts';
import { contactIdentifier, findContact, type MergeClient } from './merge-client.server.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

/** What of a merge is on record. */
export interface MergeState {
  contact: ExactId | null;
  conversation: ExactId | null;
  note: ExactId | null;
  /** A status other than open that Chatwoot left the conversation in. */
  left?: string | null;
}

export interface MergeTicket {
  id: number;
  marker: string;
  customer: string;
  email: string | null;
  inboxId: ExactId;
  waitingSince: Date;
  answeredAt: Date | null;
  note: string;
}

export type MergeResult =
  | { outcome: 'done' }
  /** Another process has taken it over. */
  | { outcome: 'lost' }
  /** `mayPass`: worth another try later. */
  | { outcome: 'failed'; detail: string; mayPass: boolean };

interface MergeContext {
  client: MergeClient;
  patience: Patience;
  /** Records a step before the next; false when the ticket is another process's by now. */
  save(state: Partial<MergeState>): Promise<boolean>;
}

/** Pages of 20 messages that are looked through for the note. */
const NOTE_PAGES = 5;

/**
 * Brings a ticket into Chatwoot: contact, conversation, private note. Each step is on record before the next, and each is
 * looked up in Chatwoot before it is done: what a process that was killed had made there is found by the ticket's marker.
 */
export async function mergeSteps(
  ticket: MergeTicket,
  state: MergeState,
  context: MergeContext,
): Promise<MergeResult> {
  for (const step of [contactStep, conversationStep, noteStep, openStep]) {
    // Also renews the claim: whoever lost it makes nothing more.
    if (!(await context.save({}))) return { outcome: 'lost' };
    const done = await step(ticket, state, context);
    if (done.outcome !== 'ok') return failed(done);
    Object.assign(state, done.value);
    if (!(await context.save(done.value))) return { outcome: 'lost' };
  }
  return { outcome: 'done' };
}

type StepAnswer = { outcome: 'ok'; value: Partial<MergeState> } | ChatwootFailure;
type Step = (ticket: MergeTicket, state: MergeState, context: MergeContext) => Promise<StepAnswer>;

const contactStep: Step = async (ticket, state, { client, patience }) => {
  if (state.contact !== null) return { outcome: 'ok', value: {} };
  const found = await findContact(client, ticket, patience);
  if (found.outcome !== 'ok') return found;
  if (found.value) return { outcome: 'ok', value: { contact: found.value.id } };
  const made = await callPatiently(
    () =>
      client.createContact({
        name: ticket.customer,
        ...(ticket.email === null
          ? { identifier: contactIdentifier(ticket.marker) }
          : { email: ticket.email }),
      }),
    patience,
  );
  return made.outcome === 'ok' ? { outcome: 'ok', value: { contact: made.value.id } } : made;
};

const conversationStep: Step = async (ticket, state, { client, patience }) => {
  if (state.conversation !== null) return { outcome: 'ok', value: {} };
  const contactId = state.contact!;
  const listed = await callPatiently(() => client.listContactConversations(contactId), patience);
  // The contact was deleted, or merged into another: it is looked up anew the next time.
  if (listed.outcome === 'not_found') return { outcome: 'ok', value: { contact: null } };
  if (listed.outcome !== 'ok') return listed;
  const own = listed.value.find(
    ({ raw }) =>
      (raw.custom_attributes as { outage_ticket?: unknown } | undefined)?.outage_ticket === ticket.marker,
  );
  if (own) return { outcome: 'ok', value: { conversation: own.id } };
  const contact = await callPatiently(() => client.getContact(contactId), patience);
  if (contact.outcome !== 'ok') return contact;
  // Under a new name in that inbox the customer would never see it: the one that they are known by there, the latest of them.
  const known = contact.value.inboxes.findLast(({ inboxId }) => inboxId === ticket.inboxId);
  const marks = {
    outage_ticket: ticket.marker,
    outage_ticket_number: `T-${ticket.id}`,
    outage_waiting_since: ticket.waitingSince.toISOString(),
    ...(ticket.answeredAt && { outage_answered_at: ticket.answeredAt.toISOString() }),
  };
  const made = await callPatiently(
    () =>
      client.createConversation({
        inboxId: ticket.inboxId,
        contactId,
        sourceId: known?.sourceId,
        status: 'open',
        customAttributes: marks,
      }),
    patience,
  );
  if (made.outcome !== 'ok') return made;
  const { id, raw } = made.value;
  const there = (raw.custom_attributes ?? {}) as Record<string, unknown>;
  if (there.outage_ticket !== ticket.marker) {
    // An inbox with one conversation a customer gives back the old one, without what was asked for.
    const marked = await callPatiently(
      () => client.setCustomAttributes(id, { ...there, ...marks }),
      patience,
    );
    if (marked.outcome !== 'ok') return marked;
  }
  return { outcome: 'ok', value: { conversation: id } };
};

/** A bot takes what begins in its inbox, a blocked customer's is resolved, an old one may be: opened, or said. */
const openStep: Step = async (ticket, state, { client, patience }) => {
  if (state.conversation === null) return CONTACT_GONE;
  const id = state.conversation;
  const read = await callPatiently(() => client.getConversation(id), patience);
  if (read.outcome !== 'ok') return read;
  if (read.value.status === 'open') return { outcome: 'ok', value: {} };
  const answer = await callPatiently(() => client.setStatus(id, 'open'), patience);
  if (answer.outcome !== 'ok') return answer;
  state.left = answer.value.status === 'open' ? null : answer.value.status;
  return { outcome: 'ok', value: {} };
};

const CONTACT_GONE = {
  outcome: 'unreachable',
  detail: 'the contact is gone, and is looked up anew',
} as const;

const noteStep: Step = async (ticket, state, { client, patience }) => {
  if (state.note !== null) return { outcome: 'ok', value: {} };
  if (state.conversation === null) return CONTACT_GONE;
  const conversationId = state.conversation;
  let before: ExactId | undefined;
  for (let page = 0; page < NOTE_PAGES; page += 1) {
    const listed = await callPatiently(() => client.listMessages(conversationId, { before }), patience);
    if (listed.outcome !== 'ok') return listed;
    // Chatwoot before 4.9 drops attributes that it does not know: then the note's first line tells.
    const own = listed.value.messages.find(
      ({ contentAttributes, private: isNote, content }) =>
        contentAttributes.outage_ticket === ticket.marker ||
        (isNote && content?.split('\n')[0] === ticket.note.split('\n')[0]),
    );
    if (own) return { outcome: 'ok', value: { note: own.id } };
    before = listed.value.messages[0]?.id;
    if (before === undefined) break;
  }
  const made = await callPatiently(
    () =>
      client.createMessage(conversationId, {
        content: ticket.note,
        private: true,
        contentAttributes: { outage_ticket: ticket.marker },
      }),
    patience,
  );
  return made.outcome === 'ok' ? { outcome: 'ok', value: { note: made.value.id } } : made;
};

const failed = (answer: ChatwootFailure): MergeResult => ({
  outcome: 'failed',
  detail: failureWords(answer),
  mayPass: answer.outcome === 'unreachable' || answer.outcome === 'throttled',
});
