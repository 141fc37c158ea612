import type { Services } from '../../lib/services.server.ts';
import { storableText } from '../../lib/storable.ts';
import { visible } from '../../lib/visible.ts';
import {
  findDeadLetters,
  type FoundDeadLetter,
} from '../delivery/dead-letters/read-dead-letter-list.server.ts';
import type { IncidentSummary } from '../incidents/incident-view.ts';
import { findIncidents } from '../incidents/read-incidents.server.ts';
import { findTickets } from '../tickets/read-tickets.server.ts';
import { STATUS_WORDS, type TicketView } from '../tickets/ticket-view.ts';
import {
  findConversation,
  findConversationsByName,
  type FoundConversation,
} from '../waiting/find-conversations.server.ts';
import { patiently } from './read-overview.server.ts';
import { asked, type Asked, type Found, LONGEST_QUERY, type SearchAnswer } from './search-view.ts';

/** Of each kind. */
const MOST = 6;
/** Somebody types and waits, ms. */
const PATIENCE_MS = 3000;

/**
 * What is there by that name or number: conversations and their customers, incidents, dead letters, tickets; those that are
 * most likely meant first. Never throws for what the database does: then the answer says why there is none.
 * @param withTexts whether customers' names may be searched and shown
 */
export async function search(
  services: Services,
  { typed, withTexts }: { typed: string; withTexts: boolean },
): Promise<SearchAnswer> {
  const query = storableText(typed.trim(), LONGEST_QUERY);
  const what = asked(query);
  const answer = { query, found: [], problem: null };
  if (!what) return answer;
  if (services.db.status().state !== 'up')
    return { ...answer, problem: 'The database does not answer, so nothing can be looked up now.' };
  try {
    return { ...answer, found: await patiently(find(services, what, withTexts), PATIENCE_MS) };
  } catch (error) {
    services.log.warn({ problem: String(error) }, 'search gave no answer');
    return {
      ...answer,
      problem:
        'No answer came in time, or looking failed. Try again, with more of the name or with a number.',
    };
  }
}

async function find(services: Services, what: Asked, withTexts: boolean): Promise<Found[]> {
  const { kind, id, words } = what;
  const wants = (one: NonNullable<Asked['kind']>) => kind === null || kind === one;
  const number = id === null || BigInt(id) > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(id);
  const text = words.length > 0 ? words.join(' ') : null;
  const [conversations, incidents, tickets] = await Promise.all([
    !wants('conversation') && !wants('dead letter') ? [] : conversationsOf(services, what, withTexts),
    wants('incident') ? findIncidents(services, { id: number, text }, MOST) : [],
    wants('ticket')
      ? findTickets(services, { id: number, text: withTexts ? text : null, withTexts }, MOST)
      : [],
  ]);
  const deadLetters = wants('dead letter')
    ? await findDeadLetters(services, { id: number, keys: conversations.map(({ key }) => key) }, MOST)
    : [];
  return [
    ...(wants('conversation') ? conversations.map(foundConversation) : []),
    ...incidents.map(foundIncident),
    ...deadLetters.map((letter) => foundDeadLetter(letter, conversations)),
    ...tickets.map(foundTicket),
  ];
}

async function conversationsOf(services: Services, { id, words }: Asked, withTexts: boolean) {
  if (id !== null) return findConversation(services, { id, withNames: withTexts });
  return withTexts && words.length > 0 ? findConversationsByName(services, words, MOST) : [];
}

const nameOf = ({ customerName }: FoundConversation) => (customerName ? visible(customerName) : null);

function foundConversation(conversation: FoundConversation): Found {
  const { conversationId, status, waitingSince, assignee, url } = conversation;
  const name = nameOf(conversation);
  return {
    kind: 'Conversation',
    label: name ? `${name}, conversation ${conversationId}` : `Conversation ${conversationId}`,
    state: waitingSince ? 'waits for an answer' : visible(status),
    since: waitingSince,
    by: assignee ? `with ${visible(assignee)}` : null,
    to: `/search?q=${encodeURIComponent(`conversation ${conversationId}`)}`,
    chatwoot: url,
    deadLetters: `/delivery?conversation=${conversationId}#dead-letters`,
  };
}

const INCIDENT_STATES: Record<IncidentSummary['status'], string> = {
  open: 'open',
  acknowledged: 'somebody is on it',
  resolved: 'resolved',
  merged: 'part of another one',
};

const foundIncident = ({ id, severity, title, status, startedAt, assignee }: IncidentSummary): Found => ({
  kind: 'Incident',
  label: `${title}, incident ${id}`,
  state: `${severity}, ${INCIDENT_STATES[status]}`,
  since: startedAt,
  by: assignee ? `with ${visible(assignee)}` : null,
  to: `/incidents/${id}`,
});

function foundDeadLetter(letter: FoundDeadLetter, conversations: readonly FoundConversation[]): Found {
  const conversation = conversations.find(({ key }) => key === letter.conversationKey);
  const whose = conversation && nameOf(conversation);
  return {
    kind: 'Dead letter',
    label: `Dead letter ${letter.id}${whose ? ` of ${whose}` : ''}`,
    state: letter.event,
    since: letter.receivedAt,
    by: letter.conversation === null ? null : `conversation ${letter.conversation}`,
    to: `/dead-letters/${letter.id}`,
  };
}

const foundTicket = ({ id, customer, status, receivedAt, merge }: TicketView): Found => ({
  kind: 'Ticket',
  label: customer ? `${visible(customer)}, ticket ${id}` : `Ticket ${id}`,
  state: merge?.state === 'done' ? 'in Chatwoot' : STATUS_WORDS[status].toLowerCase(),
  since: receivedAt,
  by: null,
  to: `/tickets/${id}`,
});
