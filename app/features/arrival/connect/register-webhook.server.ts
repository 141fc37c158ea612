import type {
  ChatwootAnswer,
  ChatwootClient,
  ChatwootFailure,
  ChatwootWebhook,
} from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { leadsHere, plainPath } from '../../../lib/chatwoot/registrations.server.ts';

export type WebhookRegistration =
  | {
      outcome: 'registered';
      how: 'created' | 'adopted' | 'updated';
      webhook: ChatwootWebhook;
      /** As it was found; null when there was none. */
      before: ChatwootWebhook | null;
      /** Further webhooks to us: they are kept, and let in. */
      others: ChatwootWebhook[];
    }
  | { outcome: 'not_verified'; detail: string }
  /** Chatwoot does not list it and says that the address is taken. */
  | { outcome: 'hidden' }
  | ChatwootFailure;

/**
 * Makes sure that the account has one webhook to our address with every event, and reads it back.
 * A webhook that is there already is adopted, so running it again changes nothing.
 * @param options.target our address; a webhook to it with another query string is the same one
 * @param options.token for a Chatwoot that cannot sign (before 4.12): goes into the webhook's address
 */
export async function registerWebhook(
  client: ChatwootClient,
  options: { target: string; token: string; version: string | null },
): Promise<WebhookRegistration> {
  const { target, token, version } = options;
  const wanted = subscriptionsFor(version);
  const listed = await client.listWebhooks();
  if (listed.outcome !== 'ok') return listed;
  const own = listed.value.filter((webhook) => leadsHere(webhook.url, target));
  const found = mostOf(own, wanted[0] ?? []);
  let how: 'created' | 'adopted' | 'updated' = found ? 'adopted' : 'created';
  let webhook = found;
  if (!webhook) {
    const created = await firstValid(wanted, (subscriptions) =>
      client.createWebhook({ url: target, subscriptions }),
    );
    if (created.outcome === 'invalid' && /taken/i.test(created.detail)) return { outcome: 'hidden' };
    if (created.outcome !== 'ok') return created;
    webhook = created.value;
  }
  const others = await proving(
    client,
    own.filter(({ id }) => id !== found?.id),
    token,
  );
  if (others.outcome !== 'ok') return others;
  const url = webhook.secret ? webhook.url : carrying(webhook.url, token);
  const has = new Set(webhook.subscriptions);
  const complete = (wanted[0] ?? []).every((event) => has.has(event));
  if (url !== webhook.url || (found && !complete)) {
    const { id } = webhook;
    const updated = await firstValid(wanted, (events) =>
      client.updateWebhook(id, { url, subscriptions: [...new Set([...has, ...events])] }),
    );
    if (updated.outcome !== 'ok') return updated;
    if (how === 'adopted' && changed(webhook, updated.value)) how = 'updated';
    webhook = { ...updated.value, secret: updated.value.secret ?? webhook.secret };
  }
  return verified(client, webhook, { how, before: found ?? null, others: others.value });
}

/** Of several that lead here the one that sends most already: the fewer messages come by two. */
function mostOf(own: readonly ChatwootWebhook[], wanted: readonly string[]): ChatwootWebhook | undefined {
  const sends = ({ subscriptions }: ChatwootWebhook) =>
    wanted.filter((e) => subscriptions.includes(e)).length;
  return [...own].sort((one, other) => sends(other) - sends(one))[0];
}

/** Those that cannot sign get our token into their addresses: what came without it would be refused. */
async function proving(
  client: ChatwootClient,
  others: readonly ChatwootWebhook[],
  token: string,
): Promise<ChatwootAnswer<ChatwootWebhook[]>> {
  const proved: ChatwootWebhook[] = [];
  for (const other of others) {
    const { id, subscriptions } = other;
    const url = other.secret ? other.url : carrying(other.url, token);
    const answer = url === other.url ? null : await client.updateWebhook(id, { url, subscriptions });
    // Another one may have that address: Chatwoot keeps each once.
    if (answer && answer.outcome !== 'ok' && answer.outcome !== 'invalid') return answer;
    proved.push(answer?.outcome === 'ok' ? answer.value : other);
  }
  return { outcome: 'ok', value: proved };
}

/** An address with our token; one that leads to a query of its own keeps it. */
function carrying(url: string, token: string): string {
  const to = new URL(url);
  if (to.searchParams.get('token') === token) return url;
  to.hash = '';
  to.searchParams.delete('token');
  return withToken(to.href, token);
}

async function verified(
  client: ChatwootClient,
  webhook: ChatwootWebhook,
  change: Pick<Extract<WebhookRegistration, { outcome: 'registered' }>, 'how' | 'before' | 'others'>,
): Promise<WebhookRegistration> {
  const listed = await client.listWebhooks();
  if (listed.outcome !== 'ok') return listed;
  const there = listed.value.find((one) => one.id === webhook.id);
  if (!there) return { outcome: 'not_verified', detail: 'it is not in the list of webhooks' };
  if (there.url !== webhook.url) return { outcome: 'not_verified', detail: 'its address is another one' };
  const missing = webhook.subscriptions.filter((event) => !there.subscriptions.includes(event));
  if (missing.length > 0) return { outcome: 'not_verified', detail: `it lacks ${missing.join(', ')}` };
  return { outcome: 'registered', ...change, webhook: { ...there, secret: there.secret ?? webhook.secret } };
}

/** Tries the next smaller set of events when Chatwoot does not know one of them. */
async function firstValid(
  candidates: string[][],
  attempt: (subscriptions: string[]) => Promise<ChatwootAnswer<ChatwootWebhook>>,
): Promise<ChatwootAnswer<ChatwootWebhook>> {
  let answer: ChatwootAnswer<ChatwootWebhook> = { outcome: 'invalid', detail: 'no events' };
  for (const subscriptions of candidates) {
    answer = await attempt(subscriptions);
    if (answer.outcome !== 'invalid' || !/subscriptions/i.test(answer.detail)) return answer;
  }
  return answer;
}

const changed = (before: ChatwootWebhook, after: ChatwootWebhook) =>
  before.url !== after.url || before.subscriptions.length !== after.subscriptions.length;

/** What an account webhook can subscribe to since long. */
const BASE = [
  'conversation_created',
  'conversation_status_changed',
  'conversation_updated',
  'message_created',
  'message_updated',
  'contact_created',
  'contact_updated',
  'webwidget_triggered',
];

const TYPING = ['conversation_typing_on', 'conversation_typing_off'];

/** Typing events exist since Chatwoot 4.2; one unknown event makes the whole call fail. */
const TYPING_SINCE = [4, 2];

/**
 * Events to subscribe to, all that a version knows but `inbox_*`, whose payload may hold providers' tokens.
 * @param version as `/api` tells it, e.g. `4.15.1`; null when unknown
 * @returns candidates in the order to try: the next one when Chatwoot calls an event invalid
 */
export function subscriptionsFor(version: string | null): string[][] {
  const [major = NaN, minor = NaN] = (version ?? '').split('.').map(Number);
  const knowsTyping =
    Number.isNaN(major) ||
    Number.isNaN(minor) ||
    major > TYPING_SINCE[0]! ||
    (major === 4 && minor >= TYPING_SINCE[1]!);
  const candidates = [BASE, BASE.filter((event) => !event.startsWith('contact_'))];
  return knowsTyping ? [[...BASE, ...TYPING], ...candidates] : candidates;
}

/** Whether it leads to the webhook endpoint of this app somewhere else: an earlier address, or another installation. */
export function leadsElsewhere(url: string, target: string): boolean {
  if (!URL.canParse(url)) return false;
  const [one, other] = [new URL(url), new URL(target)];
  return one.origin !== other.origin && plainPath(one) === plainPath(other);
}

/** Our address with the token of a Chatwoot that cannot sign. */
export const withToken = (target: string, token: string): string =>
  `${target}${target.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}`;

/** An address for people: without the token it may carry. */
export const withoutQuery = (url: string): string => url.replace(/[?#].*$/, '');
