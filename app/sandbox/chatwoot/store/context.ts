import type { Random } from '../../random.ts';
import type { Conversation, Message, Place } from '../records.ts';
import type { Version } from '../version.ts';
import type { Announcements } from './announcements.ts';
import type { OpenDirectory } from './directory.ts';

/** What the parts of the store share. */
export interface StoreContext {
  place: Place;
  placeOf: (conversation: Conversation) => Place;
  random: Random;
  /** Unix milliseconds. */
  now: () => number;
  version: Version;
  /** Conversations kept. */
  cap: number;
  conversations: Map<number, Conversation>;
  directory: OpenDirectory;
  /** Ids given next. */
  next: { conversation: number; message: number };
  autoReply: (conversation: Conversation) => string | null;
  /** Whether conversations are given to somebody by themselves. */
  assigns: boolean;
  tell: Announcements;
}

export interface NewMessage {
  type: Message['type'];
  content: string | null;
  private: boolean;
  sender: Message['sender'];
  /** `external_echo` of a reply typed in WhatsApp's own app, `automation_rule_id` of a rule's, `email` of an e-mail. */
  contentAttributes?: Record<string, unknown>;
  /** `campaign_id` of a campaign's. */
  additionalAttributes?: Record<string, unknown>;
  contentType?: Message['contentType'];
  sourceId?: string | null;
  /** Imported history bears its own time, unix ms; now when left out. */
  createdAt?: number;
}

/** Adds it, and nothing more: no webhook tells of it. */
export function appendMessage(context: StoreContext, conversation: Conversation, draft: NewMessage): Message {
  const message: Message = {
    id: context.next.message++,
    type: draft.type,
    content: draft.content,
    private: draft.private,
    createdAt: draft.createdAt ?? context.now(),
    sender: draft.sender,
    contentAttributes: draft.contentAttributes ?? {},
    ...(draft.additionalAttributes && { additionalAttributes: draft.additionalAttributes }),
    ...(draft.contentType && { contentType: draft.contentType }),
    sourceId: draft.sourceId ?? null,
  };
  conversation.messages.push(message);
  conversation.lastActivityAt = Math.max(conversation.lastActivityAt, message.createdAt);
  return message;
}
