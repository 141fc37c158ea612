import { inventContact, inventQuestion } from '../../app/sandbox/chatwoot/invented-customers.ts';
import type { Conversation, Message, Place } from '../../app/sandbox/chatwoot/records.ts';
import { railsJson } from '../../app/sandbox/chatwoot/webhooks/payload-parts.ts';
import { messageCreated } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { alphanumerics, seededRandom, uuidFrom } from '../../app/sandbox/random.ts';

export interface ExampleOptions {
  accountId?: number;
  conversationId?: number;
  messageId?: number;
  /** Unix milliseconds. */
  at?: number;
  content?: string;
  seed?: number;
}

/** Tue Sep 22 2026 08:15:05 UTC. */
const EXAMPLE_TIME = 1_790_064_905_204;

const examplePlace = (accountId = 2): Place => ({
  account: { id: accountId, name: 'Northwind Tools' },
  inbox: { id: 5, name: 'Store chat' },
});

/** A customer's first message in an open conversation nobody has answered. Same options, same records. */
export function exampleConversation(options: ExampleOptions = {}) {
  const { accountId = 2, conversationId = 417, messageId = 9001, at = EXAMPLE_TIME, seed = 1 } = options;
  const random = seededRandom(seed + conversationId * 31);
  const contact = inventContact(random, conversationId + 1000, at);
  const question = inventQuestion(random);
  const message: Message = {
    id: messageId,
    type: 'incoming',
    content: options.content ?? question,
    private: false,
    createdAt: at,
    sender: contact,
    contentAttributes: {},
    sourceId: null,
  };
  const conversation: Conversation = {
    id: conversationId,
    contact,
    contactInbox: {
      id: conversationId + 2000,
      sourceId: uuidFrom(random),
      pubsubToken: alphanumerics(random, 24),
    },
    status: 'open',
    assignee: null,
    labels: [],
    messages: [message],
    createdAt: at - 1000,
    updatedAt: at + 14.73,
    lastActivityAt: at,
    waitingSince: at - 1000,
    firstReplyAt: null,
    agentLastSeenAt: null,
    contactLastSeenAt: at,
    unreadCount: 1,
  };
  return { place: examplePlace(accountId), conversation, message, contact };
}

/** Body of a message_created webhook for a customer's message, as Chatwoot would send it. */
export function exampleMessageBody(options: ExampleOptions = {}): string {
  const { place, conversation, message } = exampleConversation(options);
  return railsJson(messageCreated(place, conversation, message));
}
