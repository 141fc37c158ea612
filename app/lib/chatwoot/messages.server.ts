import { mapped, ofRecord, type ChatwootAnswer } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { fieldOf, isRecord, type JsonRecord, listOf, numberOf, recordOf, textOf } from '../json.ts';
import { chatwootTime, type ExactId, exactId } from './chatwoot-values.ts';

type ChatwootMessageType = 'incoming' | 'outgoing' | 'activity' | 'template';

export interface ChatwootMessage {
  id: ExactId;
  type: ChatwootMessageType;
  private: boolean;
  content: string | null;
  /** To the second: the API shows no more. */
  createdAt: Date;
  /** Null when the message has none, e.g. a greeting. */
  sender: { id: ExactId | null; name: string | null; type: string | null } | null;
  contentAttributes: JsonRecord;
  /** sent, delivered, read or failed; null when it does not say. */
  status: string | null;
  /** As the API shows it: `message_type` and `created_at` are numbers. */
  raw: JsonRecord;
}

/** Of one conversation, ascending. */
interface MessagePage {
  messages: ChatwootMessage[];
  /**
   * What more is on the page and cannot be read, without a number, a time or a known type: the time of each, or of the message
   * after it where it has none; null where none follows.
   */
  unreadable: (Date | null)[];
}

interface NewMessage {
  content: string;
  /** A private note, which the customer does not see. */
  private?: boolean;
  /** `incoming` only in an API inbox. */
  messageType?: 'outgoing' | 'incoming';
  contentAttributes?: JsonRecord;
}

export interface MessageCalls {
  /**
   * The latest 20; or up to 100 with an id above `after`; or 20 with one below `before`. Ascending.
   * @param range.publicOnly without notes and activities
   */
  listMessages(
    conversationId: number | string,
    range?: { after?: ExactId; before?: ExactId; publicOnly?: boolean },
  ): Promise<ChatwootAnswer<MessagePage>>;
  /** Not idempotent: put a marker into `contentAttributes` and look for it before another try. */
  createMessage(
    conversationId: number | string,
    message: NewMessage,
  ): Promise<ChatwootAnswer<ChatwootMessage>>;
}

const TYPES: readonly ChatwootMessageType[] = ['incoming', 'outgoing', 'activity', 'template'];

export function messageCalls(call: ChatwootCall, account: string): MessageCalls {
  const path = (conversationId: number | string) => `${account}/conversations/${conversationId}/messages`;
  return {
    async listMessages(conversationId, { publicOnly, ...range } = {}) {
      const query = new URLSearchParams();
      for (const [name, id] of Object.entries<ExactId | undefined>(range))
        if (id !== undefined) query.set(name, String(id));
      if (publicOnly) query.set('filter_internal_messages', 'true');
      const answer = await call('GET', `${path(conversationId)}?${query}`);
      return mapped(ofRecord(answer), (json) => {
        const all = listOf(fieldOf(json, 'payload'), (one) => ({ one, message: messageOf(one) }));
        return (
          all && {
            messages: all.flatMap(({ message }) => message ?? []),
            unreadable: all.flatMap(({ one, message }, nth) =>
              message ? [] : [chatwootTime(fieldOf(one, 'created_at')) ?? timeAfter(all, nth)],
            ),
          }
        );
      });
    },
    async createMessage(conversationId, message) {
      const answer = await call('POST', path(conversationId), {
        content: message.content,
        message_type: message.messageType ?? 'outgoing',
        private: message.private ?? false,
        content_attributes: message.contentAttributes,
      });
      return mapped(answer, messageOf);
    },
  };
}

const timeAfter = (all: readonly { message: ChatwootMessage | undefined }[], nth: number): Date | null =>
  all.slice(nth + 1).find(({ message }) => message)?.message?.createdAt ?? null;

/** A message of the REST API; undefined when it is none. */
export function messageOf(json: unknown): ChatwootMessage | undefined {
  if (!isRecord(json)) return undefined;
  const id = exactId(json.id);
  const type = TYPES[numberOf(json.message_type) ?? -1];
  const createdAt = chatwootTime(json.created_at);
  if (id === null || !type || !createdAt) return undefined;
  return {
    id,
    type,
    private: json.private === true,
    content: textOf(json.content),
    createdAt,
    sender: isRecord(json.sender)
      ? {
          id: exactId(json.sender.id),
          name: textOf(json.sender.name),
          type: textOf(json.sender.type),
        }
      : null,
    contentAttributes: recordOf(json.content_attributes),
    status: textOf(json.status),
    raw: json,
  };
}
