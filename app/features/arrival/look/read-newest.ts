import { isRecord, type JsonRecord } from '../../../lib/json.ts';
import { chatwootTime, compareIds, type ExactId, exactId } from '../../../lib/chatwoot/chatwoot-values.ts';

/** The newest message of a conversation that has a webhook of its own. */
export interface NewestMessage {
  id: ExactId;
  conversationId: ExactId;
  /** By our clock; to the second, the API shows no more. */
  createdAt: Date;
}

/** What one page of the conversations by last activity shows. */
export interface NewestPage {
  messages: NewestMessage[];
  conversations: ReadonlySet<ExactId>;
  /** Whatever was active since is on the page; null: the page holds everything there is. */
  completeSince: Date | null;
}

const ACTIVITY = 2;

/**
 * The newest message of each conversation of a page by last activity. Activities ("assigned to …") have no webhook; where
 * one is the newest, Chatwoot shows the last other message beside it.
 * @param options.total of all conversations, as Chatwoot counts: how many are on a page is its setting
 * @param options.here a moment that Chatwoot names, by our clock
 */
export function readNewest(
  conversations: readonly { id: ExactId; raw: JsonRecord }[],
  { total, here }: { total: number | null; here: (theirs: Date) => Date },
): NewestPage {
  const activity = conversations.flatMap(({ raw }) => chatwootTime(raw.last_activity_at) ?? []);
  const oldest = activity.reduce<Date | null>((a, b) => (a && a < b ? a : b), null);
  return {
    messages: conversations.flatMap(({ id, raw }) => newestOf(id, raw, here) ?? []),
    conversations: new Set(conversations.map(({ id }) => id)),
    completeSince: (total !== null && conversations.length >= total) || !oldest ? null : here(oldest),
  };
}

function newestOf(
  conversationId: ExactId,
  raw: JsonRecord,
  here: (theirs: Date) => Date,
): NewestMessage | null {
  const shown = Array.isArray(raw.messages) ? (raw.messages as unknown[]) : [];
  const messages = [raw.last_non_activity_message, ...shown].flatMap((json): NewestMessage[] => {
    if (!isRecord(json) || json.message_type === ACTIVITY) return [];
    const id = exactId(json.id);
    const createdAt = chatwootTime(json.created_at);
    return id === null || !createdAt ? [] : [{ id, conversationId, createdAt: here(createdAt) }];
  });
  return messages.reduce<NewestMessage | null>((a, b) => (a && compareIds(a.id, b.id) > 0 ? a : b), null);
}
