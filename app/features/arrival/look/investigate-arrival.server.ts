import type { ChatwootAnswer } from '../../../lib/chatwoot/answer.ts';
import type { ChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { clockWords } from '../../../lib/time-words.ts';
import type { Finding } from '../../health/investigations/finding.ts';
import { refusalWords } from '../../health/investigations/refusal-words.ts';
import { findCause } from '../cause/find-cause.server.ts';
import { decideLook, type LookFindings, sortUntold } from './decide-look.ts';
import { type NewestMessage, type NewestPage, readNewest } from './read-newest.ts';
import { findUntold, readWatchState } from './record-look.server.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';

type Tools = Pick<Services, 'config' | 'db' | 'chatwootClock'>;
type Said = Pick<Finding, 'ok' | 'evidence' | 'nextStep'>;

const CONNECT = 'Run npm run ops:connect-chatwoot: it registers the webhook and proves that messages arrive.';
const fine = (evidence: string): Said => ({ ok: true, evidence, nextStep: null });
const wrong = (evidence: string, nextStep: string): Said => ({ ok: false, evidence, nextStep });

/**
 * Whether what was written in Chatwoot arrived here, looked at now, with the likely cause where it did not. Unknown is not
 * fine. Changes nothing, and works beside the running app.
 */
export async function investigateArrival(
  tools: Tools,
  client: ChatwootClient,
  now: () => Date,
): Promise<Finding> {
  return { what: 'arrival', title: 'Do messages arrive', ...(await look(tools, client, now)) };
}

async function look(tools: Tools, client: ChatwootClient, now: () => Date): Promise<Said> {
  const { db, config } = tools;
  const state = await readWatchState(db.pool);
  if (!state.expectSince)
    return wrong('Not proved: no webhook has ever come, and Chatwoot was never connected.', CONNECT);
  if (!state.listeningSince)
    return wrong(
      'No process of this app runs, so webhooks find nobody.',
      'Start it (npm start): what was written meanwhile is fetched then.',
    );
  // Asked for now, whether or not it is due or webhooks come.
  const decision = decideLook({ ...state, dueAt: now(), lastWebhookAt: null }, now());
  if (decision.look === 'no')
    return decision.why === 'unread'
      ? wrong(
          'Webhooks that came have not been read yet, so nothing is judged.',
          'Ask again in a minute; npm run ops:status tells what is in the spool.',
        )
      : fine('Fallback mode or a practised outage keeps webhooks away on purpose: nothing is judged.');
  const seen = await seeNewest(tools, client, {
    since: decision.since,
    suspects: [],
    lastWebhookAt: state.lastWebhookAt,
    now,
  });
  if (seen.outcome !== 'ok') {
    const { does, cure } = refusalWords(seen, config.connection!);
    return wrong(`Not known: Chatwoot ${does}, so its newest messages cannot be looked at.`, `${cure}.`);
  }
  const since = state.silentSince ?? oldestOf(seen.value.untold);
  if (since) {
    const { untold } = seen.value;
    const cause = await findCause(tools, client, { since, untold: untold.length, now: now() });
    const which = untold.length > 0 ? ` (${countOf(untold)} of the newest)` : '';
    return wrong(
      `Chatwoot works, its webhooks do not arrive: no webhook told of what was written since ${clockWords(since)}${which}. Most likely: ${cause.sentence}`,
      cause.cure,
    );
  }
  return state.proved
    ? arrived(seen.value, state.lastWebhookAt)
    : wrong('Not proved: no webhook has come since Chatwoot was connected.', CONNECT);
}

function arrived({ lost, settling, missing, page }: Sight, lastWebhookAt: Date | null): Said {
  const unfetched = lost.filter(({ id }) => missing.get(id)?.fetched === false);
  if (unfetched.length > 0)
    return wrong(
      `${countOf(unfetched)} got lost on the way while others arrived, and ${unfetched.length === 1 ? 'is' : 'are'} not fetched yet.`,
      'Run npm run ops:reconcile, or wait for the next comparison.',
    );
  const last = lastWebhookAt ? `the last message's webhook came at ${clockWords(lastWebhookAt)}` : null;
  if (settling.length > 0)
    return fine(
      `${countOf(settling)} ${settling.length === 1 ? 'is' : 'are'} so new that the webhook may be on its way; ${last ?? 'none came before'}.`,
    );
  const newest = page.messages.reduce<Date | null>(
    (a, { createdAt }) => (a && a > createdAt ? a : createdAt),
    null,
  );
  const nobody = newest ? `nobody has written since ${clockWords(newest)}` : 'nobody has written yet';
  return fine(`Everything new in Chatwoot is known here: ${nobody}${last ? `, ${last}` : ''}.`);
}

const countOf = ({ length: n }: readonly NewestMessage[]) => (n === 1 ? '1 message' : `${n} messages`);

const oldestOf = (messages: readonly NewestMessage[]): Date | null =>
  messages.reduce<Date | null>((a, { createdAt }) => (a && a < createdAt ? a : createdAt), null);

/** What one look at Chatwoot's newest shows. */
export interface Sight extends LookFindings<NewestMessage> {
  page: NewestPage;
  /** Of those without a webhook: whether each was fetched. */
  missing: ReadonlyMap<ExactId, { fetched: boolean }>;
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
  client: Pick<ChatwootClient, 'pageOfConversations'>,
  { since, suspects, lastWebhookAt, now }: Question,
): Promise<ChatwootAnswer<Sight>> {
  const answer = await client.pageOfConversations({
    status: 'all',
    assigneeType: 'all',
    sortBy: 'last_activity_at_desc',
    page: 1,
  });
  if (answer.outcome !== 'ok') return answer;
  const at = now();
  const page = readNewest(answer.value.conversations, {
    total: answer.value.total,
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
