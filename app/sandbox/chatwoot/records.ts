/** What the simulated Chatwoot remembers. Times are unix milliseconds; payloads convert them. */

export interface Account {
  id: number;
  name: string;
}

export interface Inbox {
  id: number;
  name: string;
  /** The shop's widget when left out, unless it has `api`. */
  channel?: Channel;
  /** Of an inbox whose channel is the API. */
  api?: ApiChannel;
  /** Answers first: the inbox's conversations begin pending, and stay so until somebody opens them. */
  bot?: Bot;
  /** A contact's next conversation is the one that there is, opened or not. */
  lockToSingleConversation?: boolean;
  /** Agents who see its conversations, besides administrators; all who are agents at the start when left out. */
  members?: number[];
  /** What a customer's first message is answered with. */
  greeting?: string;
}

export type Channel = 'widget' | 'api' | 'email' | 'whatsapp';

export interface ApiChannel {
  /** Names the inbox in the client API, which needs no token. */
  identifier: string;
  /** Gets every event of the inbox's conversations, signed with `secret`; empty when there is none. */
  webhookUrl: string;
  secret: string;
  hmacToken: string;
}

export interface Contact {
  kind: 'contact';
  id: number;
  name: string;
  email: string | null;
  phoneNumber: string | null;
  /** What another system calls this person. */
  identifier?: string | null;
  /** False when left out. */
  blocked?: boolean;
  additionalAttributes?: Record<string, unknown>;
  customAttributes: Record<string, unknown>;
  updatedAt: number;
  /** As `updatedAt` when left out. */
  createdAt?: number;
  /** When this person last wrote; never when left out. */
  lastActivityAt?: number;
}

export interface Agent {
  kind: 'agent';
  id: number;
  name: string;
  availableName: string;
  email: string;
  role: 'administrator' | 'agent';
  /** Online when left out. */
  availability?: Availability;
}

type Availability = 'online' | 'busy' | 'offline';

export interface Bot {
  kind: 'bot';
  id: number;
  name: string;
  /** Gets the events of the bot's conversations, signed with `secret`. */
  outgoingUrl?: string;
  secret?: string;
}

export interface Team {
  id: number;
  name: string;
}

/** An activity ("Conversation was marked resolved by Grace") is shown by the API and never announced by a webhook. */
type MessageType = 'incoming' | 'outgoing' | 'template' | 'activity';

export interface Message {
  id: number;
  type: MessageType;
  content: string | null;
  private: boolean;
  createdAt: number;
  /** Null for a template message, e.g. the greeting. */
  sender: Contact | Agent | Bot | null;
  contentAttributes: Record<string, unknown>;
  /** `campaign_id` of a campaign's message. */
  additionalAttributes?: Record<string, unknown>;
  /** `text` when left out. */
  contentType?: 'text' | 'incoming_email' | 'input_csat';
  sourceId: string | null;
  /** `createdAt` when left out. */
  updatedAt?: number;
  /** `sent` when left out. */
  status?: MessageStatus;
}

export type MessageStatus = 'sent' | 'delivered' | 'read' | 'failed';

export type Priority = 'low' | 'medium' | 'high' | 'urgent';

export type ConversationStatus = 'open' | 'resolved' | 'pending' | 'snoozed';

export interface Conversation {
  /** The display id: the one in the API and in payloads. */
  id: number;
  contact: Contact;
  uuid?: string;
  contactInbox: { id: number; sourceId: string; pubsubToken: string };
  status: ConversationStatus;
  assignee: Agent | Bot | null;
  labels: string[];
  messages: Message[];
  createdAt: number;
  /** With a fraction: microseconds, as Chatwoot shows them. */
  updatedAt: number;
  lastActivityAt: number;
  /** Since when the customer waits for an answer; null when nobody waits. */
  waitingSince: number | null;
  firstReplyAt: number | null;
  agentLastSeenAt: number | null;
  contactLastSeenAt: number | null;
  unreadCount: number;
  priority?: Priority | null;
  customAttributes?: Record<string, unknown>;
  /** What the widget tells of the browser when left out. */
  additionalAttributes?: Record<string, unknown>;
  team?: Team | null;
  snoozedUntil?: number | null;
  slaPolicyId?: number;
  /** Where it takes place, when that is not the shop's widget. */
  inbox?: Inbox;
}

/** A contact in one inbox; the source id is what the inbox's channel calls it. */
export interface ContactInbox {
  sourceId: string;
  contact: Contact;
  inbox: Inbox;
}

/** The account and inbox that a record belongs to. */
export interface Place {
  account: Account;
  inbox: Inbox;
}

/** One entry of `changed_attributes`. */
export type Change = Record<string, { previous_value: unknown; current_value: unknown }>;
