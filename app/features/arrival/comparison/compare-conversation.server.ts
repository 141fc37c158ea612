import type { ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import type { ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import { chatwootTime } from '../../../lib/chatwoot/time.ts';
import { callPatiently } from '../../../lib/chatwoot/call-patiently.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { ComparisonRun } from './comparison-run.ts';
import { fetchMessages } from './fetch-messages.server.ts';
import { findMissing } from './find-missing.server.ts';
import { judgeHistory } from './judge-history.server.ts';
import { readKnownConversation } from './known-conversation.server.ts';
import { markCompared, recoverMessages } from './recover-messages.server.ts';

/** Chatwoot's API tells the second. */
const SECOND_MS = 1000;

/** A conversation to look at; messages from `since` on, by our clock. */
export interface ComparisonItem {
  conversationId: number;
  since: Date;
}

/**
 * Compares one conversation's messages with the inbox and recovers what is missing. Activities ("assigned to …") have no
 * webhook and are not looked for; private notes have.
 * @returns null when it is done, also when Chatwoot no longer has the conversation
 */
export async function compareConversation(
  services: Services,
  client: ChatwootClient,
  run: Pick<ComparisonRun, 'id' | 'until' | 'names' | 'cause'>,
  item: ComparisonItem,
  { now, signal }: { now: () => Date; signal?: AbortSignal },
): Promise<ChatwootFailure | null> {
  const { conversationId } = item;
  const { db, chatwootClock, config } = services;
  const { pool } = db;
  const { accountId } = config.connection!;
  const [since, until] = [chatwootClock.there(item.since), chatwootClock.there(run.until)];
  const fetched = await fetchMessages(client, conversationId, { since, signal });
  const gone = () =>
    markCompared(pool, accountId, { runId: run.id, conversationId, compared: 0 }, now()).then(() => null);
  if (fetched.outcome === 'not_found') return gone();
  if (fetched.outcome !== 'ok') return fetched;
  const messages = fetched.value;
  const looked = messages.filter(({ type, createdAt }) => type !== 'activity' && createdAt <= until);
  const missing = await findMissing(pool, accountId, looked);
  const compared = looked.length;
  if (missing.length === 0) {
    await markCompared(pool, accountId, { runId: run.id, conversationId, compared }, now());
    return null;
  }
  const answer = await callPatiently(() => client.getConversation(conversationId), { signal });
  if (answer.outcome === 'not_found') return gone();
  if (answer.outcome !== 'ok') return answer;
  const known = await readKnownConversation(pool, config, `${accountId}:${conversationId}`);
  const began = chatwootTime(answer.value.raw.created_at);
  const found = {
    runId: run.id,
    conversationId,
    names: run.names,
    conversation: answer.value.raw,
    messages,
    isNew: !known.created && began !== null && began.getTime() >= since.getTime() - SECOND_MS,
    contactInbox: known.contactInbox,
    compared,
    missing,
    withheld: await judgeHistory(
      services,
      run,
      { conversationId, conversation: answer.value.raw, messages, missing },
      now(),
    ),
  };
  await recoverMessages(services, found, now());
  return null;
}
