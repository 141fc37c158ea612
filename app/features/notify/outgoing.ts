import type { Message } from './message.ts';

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
}
