import type { ChatwootAnswer } from '../../../lib/chatwoot/answer.ts';
import type { ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { sortUntold, type LookFindings } from './decide-look.ts';
import { findUntold } from './find-untold.server.ts';
import { readNewest, type NewestMessage, type NewestPage } from './read-newest.ts';

/** Chatwoot's page; with another `CONVERSATION_RESULTS_PER_PAGE` a full one only looks like the last. */
const PAGE_SIZE = 25;

/** What one look at Chatwoot's newest shows. */
export interface Sight extends LookFindings<NewestMessage> {
  page: NewestPage;
  /** Of those without a webhook: whether each was fetched. */
  missing: ReadonlyMap<number, { fetched: boolean }>;
  at: Date;
}

interface Question {
  /** Of what was written from then on a webhook should have come. */
  since: Date;
  /** Seen without a webhook by a look before, and asked about again. */
  suspects: readonly NewestMessage[];
  lastWebhookAt: Date | null;
  /** The clock. */
  now: () => Date;
}

/** Reads the newest conversations of Chatwoot and tells which of their newest messages no webhook told of. Changes nothing. */
export async function seeNewest(
  { db, config, chatwootClock }: Pick<Services, 'db' | 'config' | 'chatwootClock'>,
  client: Pick<ChatwootClient, 'listConversations'>,
  { since, suspects, lastWebhookAt, now }: Question,
): Promise<ChatwootAnswer<Sight>> {
  const answer = await client.listConversations({
    status: 'all',
    assigneeType: 'all',
    sortBy: 'last_activity_at_desc',
    page: 1,
  });
  if (answer.outcome !== 'ok') return answer;
  const at = now();
  const page = readNewest(answer.value, {
    pageSize: PAGE_SIZE,
    here: (theirs) => chatwootClock.here(theirs),
  });
  const expected = mergeById(page.messages, suspects).filter(({ createdAt }) => createdAt > since);
  const ids = expected.map(({ id }) => id);
  const missing = await findUntold(db.pool, config.connection!.accountId, ids);
  const found = sortUntold(
    expected.filter((message) => missing.has(message.id) && !isGone(message, page)),
    { lastWebhookAt, settledBefore: new Date(at.getTime() - config.RECONCILE_SETTLE) },
  );
  return { outcome: 'ok', value: { ...found, page, missing, at } };
}

/** Its conversation was deleted meanwhile: it would be on the page. */
function isGone({ conversationId, createdAt }: NewestMessage, page: NewestPage): boolean {
  if (page.conversations.has(conversationId)) return false;
  return page.completeSince === null || createdAt > page.completeSince;
}

function mergeById(shown: readonly NewestMessage[], before: readonly NewestMessage[]): NewestMessage[] {
  return [...new Map([...before, ...shown].map((message) => [message.id, message])).values()];
}
