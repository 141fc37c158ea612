import { failureWords, type ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import { type ChatwootClient, openChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { LikelyCause } from '../cause/decide-cause.ts';
import { decideLook, lookAgainAt, nextLook } from './decide-look.ts';
import type { NewestMessage } from './read-newest.ts';
import { seeNewest } from './investigate-arrival.server.ts';
import {
  claimLook,
  deferLook,
  noteFailureOver,
  noteReceived,
  noteSilenceOver,
  readWatchState,
  recordFailedLook,
  recordLook,
  type WatchState,
} from './record-look.server.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

export interface LookTools {
  /** The clock. */
  now: () => Date;
  signal?: AbortSignal;
  /**
   * Why webhooks do not come, from evidence of this moment.
   * @param since the first message that none told of
   * @param untold how many there are, as far as they were seen
   */
  findCause: (client: ChatwootClient, since: Date, untold: number) => Promise<LikelyCause>;
}

/**
 * Looks at the newest of Chatwoot when it is time to, and says whether what was written there arrived here. Whatever the look
 * meets, it is on record: what could not be seen is unknown.
 * @returns false: there is nothing to do at once
 */
export async function tickLook(services: Services, tools: LookTools): Promise<false> {
  const { db, processId } = services;
  const client = openChatwootClient(services, tools.signal);
  if (!client) return false;
  const state = await readWatchState(db.pool);
  await noteReceived(services, state);
  const now = tools.now();
  if (flowsAgain(state)) {
    await noteSilenceOver(services, state, now);
    return false;
  }
  const decision = decideLook(state, now);
  if (decision.look === 'no') {
    if (decision.why === 'unread') await deferLook(services, state, now);
    if (decision.why === 'not_silent' && state.failingSince) await noteFailureOver(services, now);
    return false;
  }
  if (!(await claimLook(db.pool, processId, now))) return false;
  await look(services, client, { state, since: decision.since, tools });
  return false;
}

/** A message's webhook came after the last look that had missed one. */
function flowsAgain({ confirmed, lastWebhookAt, silentSeenAt }: WatchState): boolean {
  return confirmed && lastWebhookAt !== null && silentSeenAt !== null && lastWebhookAt > silentSeenAt;
}

async function look(
  services: Services,
  client: ChatwootClient,
  { state, since, tools }: { state: WatchState; since: Date; tools: LookTools },
): Promise<void> {
  const { config } = services;
  const suspects = state.suspected ? await readSuspects(services) : [];
  const { lastWebhookAt } = state;
  const seen = await seeNewest(services, client, { since, suspects, lastWebhookAt, now: tools.now });
  // The process stops: another one looks.
  if (tools.signal?.aborted) return;
  if (seen.outcome !== 'ok') {
    const now = tools.now();
    await recordFailedLook(services, state, {
      problem: failureWords(seen),
      again: againAt(seen, now),
      now,
    });
    return;
  }
  const { page, missing, untold, settling, lost, at: now } = seen.value;
  const confirmed = isConfirmed(state, untold, new Set(suspects.map(({ id }) => id)));
  const first = untold.reduce<Date | null>((a, { createdAt }) => (a && a < createdAt ? a : createdAt), null);
  const cause = first ? await tools.findCause(client, state.silentSince ?? first, untold.length) : null;
  const toFetch = [...lost, ...(confirmed || state.suspected ? untold : [])].filter(
    ({ id }) => missing.get(id)?.fetched === false,
  );
  await recordLook(services, state, {
    account: config.connection!.accountId,
    untold,
    fetchUntil: newestOf(toFetch),
    newestAt: newestOf(page.messages),
    silentSince: first && (state.silentSince && state.silentSince < first ? state.silentSince : first),
    confirmed,
    cause,
    next: nextLook({ untold, settling }, { confirmed, settleMs: config.RECONCILE_SETTLE, now }),
    now,
  });
}

const newestOf = (messages: readonly NewestMessage[]): Date | null =>
  messages.reduce<Date | null>((a, { createdAt }) => (a && a > createdAt ? a : createdAt), null);

/** Seen by two looks, and no webhook of a message has come in between: then some were lost, and no way is closed. */
function isConfirmed(
  {
    confirmed,
    lastWebhookAt,
    silentSeenAt,
  }: Pick<WatchState, 'confirmed' | 'lastWebhookAt' | 'silentSeenAt'>,
  untold: readonly NewestMessage[],
  suspects: ReadonlySet<ExactId>,
): boolean {
  if (confirmed) return true;
  const between = lastWebhookAt !== null && silentSeenAt !== null && lastWebhookAt > silentSeenAt;
  return !between && untold.some(({ id }) => suspects.has(id));
}

async function readSuspects({ db }: Services): Promise<NewestMessage[]> {
  const { rows } = await db.pool.query<NewestMessage>(
    `SELECT message_id AS id, conversation_id AS "conversationId", created_at AS "createdAt" FROM untold_messages`,
  );
  return rows;
}

const againAt = (failure: ChatwootFailure, now: Date): Date =>
  lookAgainAt(now, failure.outcome === 'throttled' ? failure.retryAfterMs : null);
