import type { ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import type { ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import { callPatiently } from '../../../lib/chatwoot/call-patiently.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { fetchMessages } from './fetch-messages.server.ts';
import type { ChatwootNames } from './lost-webhook.ts';
import { findMissing } from './find-missing.server.ts';
import { markCompared, recoverMessages } from './recover-messages.server.ts';

/**
 * Compares one conversation's messages with the inbox and recovers what is missing. Activities ("assigned to …") have no
 * webhook and are not looked for; private notes have.
 * @returns null when it is done, also when Chatwoot no longer has the conversation
 */
export async function compareConversation(
  services: Services,
  client: ChatwootClient,
  run: { id: number; since: Date; until: Date; names: ChatwootNames },
  item: { conversationId: number },
  { now, signal }: { now: () => Date; signal?: AbortSignal },
): Promise<ChatwootFailure | null> {
  const { conversationId } = item;
  const { db, chatwootClock } = services;
  const { pool } = db;
  const [since, until] = [chatwootClock.there(run.since), chatwootClock.there(run.until)];
  const fetched = await fetchMessages(client, conversationId, { since, signal });
  const gone = () =>
    markCompared(pool, { runId: run.id, conversationId, compared: 0 }, now()).then(() => null);
  if (fetched.outcome === 'not_found') return gone();
  if (fetched.outcome !== 'ok') return fetched;
  const messages = fetched.value;
  const looked = messages.filter(({ type, createdAt }) => type !== 'activity' && createdAt <= until);
  const missing = await findMissing(pool, services.config.connection!.accountId, looked);
  const compared = looked.length;
  if (missing.length === 0) {
    await markCompared(pool, { runId: run.id, conversationId, compared }, now());
    return null;
  }
  const answer = await callPatiently(() => client.getConversation(conversationId), { signal });
  if (answer.outcome === 'not_found') return gone();
  if (answer.outcome !== 'ok') return answer;
  const found = {
    runId: run.id,
    conversationId,
    names: run.names,
    conversation: answer.value.raw,
    messages,
    compared,
    missing,
  };
  await recoverMessages(services, found, now());
  return null;
}
