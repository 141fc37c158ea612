import type { Conversation } from '../records.ts';
import type { ChatwootStore } from '../store/store.ts';
import { ok, type ApiAnswer } from './answer.ts';

/** GET `/api/v2/accounts/{a}/reports/summary?since&until` (unix seconds): counts and averages (seconds), and those of the time before. */
export function summarize(store: ChatwootStore, query: URLSearchParams): ApiAnswer {
  const since = Number(query.get('since')) * 1000 || 0;
  const until = Number(query.get('until')) * 1000 || Infinity;
  const summary = (from: number, to: number) => {
    const within = (at: number | null) => at !== null && at >= from && at < to;
    const all = [...store.conversations.values()];
    const messages = all.flatMap((one) => one.messages).filter(({ createdAt }) => within(createdAt));
    const replied = all.filter(({ firstReplyAt }) => within(firstReplyAt));
    return {
      conversations_count: all.filter(({ createdAt }) => within(createdAt)).length,
      incoming_messages_count: messages.filter(({ type }) => type === 'incoming').length,
      outgoing_messages_count: messages.filter(({ type }) => type === 'outgoing').length,
      avg_first_response_time: average(replied.map(secondsToFirstReply)),
      avg_resolution_time: null,
      resolutions_count: all.filter(({ status }) => status === 'resolved').length,
      reply_time: null,
    };
  };
  return ok({ ...summary(since, until), previous: summary(since - (until - since), since) });
}

const secondsToFirstReply = ({ firstReplyAt, createdAt }: Conversation) => (firstReplyAt! - createdAt) / 1000;

const average = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
