import type { Severity } from '../../lib/severity.ts';

/** Where a message goes. Addresses and keys stay where they are kept and are looked up when it is sent. */
export type Channel =
  /**
   * One of the environment's: told of every incident, but for Statuspage, which is told of what customers are told.
   * `recipient`: one address of several, as `recipientKey` names it.
   */
  | { kind: ContactKind | 'statuspage'; of: 'environment'; recipient?: string }
  /** One of a contact's own, by its id within the contact. */
  | { kind: ContactKind; of: 'contact'; contactId: number; channelId: string }
  /** A browser of somebody's that is woken over its push service. */
  | { kind: 'push'; of: 'device'; deviceId: number }
  /** Somebody outside who is told of what is published: sent by the status page, over loops of their own. */
  | { kind: SubscriberKind; of: 'subscriber'; subscriberId: number };

/** How subscribers are told; apart from the team's kinds, so that thousands of them hold up none of the team. */
type SubscriberKind = 'subscriber_mail' | 'subscriber_webhook';

/** The kinds of channels that a person can have. */
export type ContactKind =
  'email' | 'slack' | 'teams' | 'discord' | 'telegram' | 'ntfy' | 'pagerduty' | 'webhook' | 'template';

export type MessageKind =
  | 'opened'
  | 'raised'
  | 'escalated'
  | 'acknowledged'
  | 'recovered'
  | 'resolved'
  | 'reopened'
  | 'warning'
  | 'warning_cleared'
  | 'fallback_on'
  | 'fallback_off'
  | 'report_due'
  | 'public_update'
  | 'update_due'
  | 'subscription'
  | 'test';

/** What is said, before a channel gives it its form. */
export interface Message {
  kind: MessageKind;
  severity: Severity | 'warning' | 'info';
  /** A headline without severity and number; the channel adds them. */
  title: string;
  /** One or two sentences about customers and time. */
  sentence: string;
  facts: { label: string; value: string }[];
  /** Path in this app, made absolute with APP_URL. */
  link: string;
  /** When it happened, ISO. */
  at: string;
  /** Nobody is on it, and somebody should be: whoever reads this can acknowledge. */
  asks?: boolean;
  /** What customers are told, for a page of another service that keeps an incident of its own for them. */
  update?: PublicUpdate;
  /** Apart from `update`, of which a process of a version that knows no replacements would tell everybody anew. */
  replacement?: Replacement;
  /** The number of the public update that a subscriber is told of: what it says is read when it is sent. */
  updateId?: number;
}

/** An update for customers as Statuspage's API has it. */
export interface PublicUpdate {
  /** Names what it belongs to for ever: the same for each of its updates. */
  notice: string;
  state: string;
  text: string;
  components: { name: string; state: string }[];
}

/** The text that an update which is there already is to have. */
export interface Replacement extends Omit<PublicUpdate, 'components'> {
  /** What we may have it say now, likeliest first: whatever else it says is somebody else's. */
  replaces: string[];
}

/** A message to put into the outbox. */
export interface QueuedMessage {
  /** The same key is queued once, however often it is tried. */
  dedupeKey: string;
  /** Messages of one outage share it: PagerDuty's dedup_key, the e-mail thread. */
  thread: string;
  incidentId: number | null;
  contactId: number | null;
  channel: Channel;
  /** Tried in order when the channel finally fails. */
  fallbacks: Channel[];
  message: Message;
  /** A drill: `marked` goes out with DRILL before it, `simulated` is only recorded. */
  drill: 'marked' | 'simulated' | null;
  /** Set by the notifier: the channel that did not take it, in words. */
  insteadOf?: string;
}

/** One message on its way over one channel: all that its form depends on. */
export interface Outgoing {
  /** Of the row in the outbox: the same at every try. */
  id: number;
  thread: string;
  incidentId: number | null;
  message: Message;
  drill: boolean;
  /** Headline of the thread's first message: the subject that keeps an e-mail thread together. */
  threadTitle: string;
  /** Updates of the same thread that this message carries with it, oldest first. */
  earlier: Message[];
  /** The channel that did not take it, when this one stands in for it. */
  insteadOf: string | null;
  /** Address of this app as people reach it. */
  appUrl: string | undefined;
  /** Address that acknowledges as the one person who reads the message, if there is such a person. */
  acknowledge?: string | null;
}

/** A message as pages show it: who it is for, what became of it, and every try. Dates are ISO texts. */
export interface NotificationLine {
  id: number;
  /** What it was about; null: a test, or a warning that is no incident. */
  incidentId: number | null;
  to: string;
  channel: string;
  kind: string;
  state: 'queued' | 'accepted' | 'failed' | 'simulated' | 'folded';
  createdAt: string;
  finishedAt: string | null;
  attempts: number;
  /** What the other side answered last. */
  answer: string | null;
  /** Oldest first. */
  log: DeliveryLogLine[];
}

/** One entry of the delivery log. */
export interface DeliveryLogLine {
  at: string;
  state: 'queued' | 'sent' | 'accepted' | 'failed' | 'simulated' | 'folded';
  answer: string | null;
}
