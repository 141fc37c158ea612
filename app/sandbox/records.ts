/** What the simulated Chatwoot remembers. Times are unix milliseconds; payloads convert them. */

export interface Account {
  id: number;
  name: string;
}

export interface Inbox {
  id: number;
  name: string;
}

export interface Contact {
  kind: 'contact';
  id: number;
  name: string;
  email: string | null;
  phoneNumber: string | null;
  customAttributes: Record<string, string>;
  updatedAt: number;
}

export interface Agent {
  kind: 'agent';
  id: number;
  name: string;
  availableName: string;
  email: string;
  role: 'administrator' | 'agent';
}

export interface Bot {
  kind: 'bot';
  id: number;
  name: string;
}

export type MessageType = 'incoming' | 'outgoing' | 'template';

export interface Message {
  id: number;
  type: MessageType;
  content: string | null;
  private: boolean;
  createdAt: number;
  /** Null for a template message, e.g. the greeting. */
  sender: Contact | Agent | Bot | null;
  contentAttributes: Record<string, unknown>;
  sourceId: string | null;
}

export type ConversationStatus = 'open' | 'resolved' | 'pending' | 'snoozed';

export interface Conversation {
  /** The display id: the one in the API and in payloads. */
  id: number;
  contact: Contact;
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
}

/** The account and inbox that every record belongs to. */
export interface Place {
  account: Account;
  inbox: Inbox;
}

/** One entry of `changed_attributes`. */
export type Change = Record<string, { previous_value: unknown; current_value: unknown }>;
