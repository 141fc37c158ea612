import { randomBytes } from 'node:crypto';
import type { ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import type {
  ChatwootAnswer,
  ChatwootClient,
  ChatwootWebhook,
} from '../../../lib/chatwoot/chatwoot-client.server.ts';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import { leadsHere } from '../../../lib/chatwoot/registrations.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Connection } from '../../../lib/settings/config.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import type { Hook } from '../../intake/authenticate-webhook.ts';
import {
  readStoredHooks,
  replaceStoredHooks,
  sealingKeys,
} from '../../intake/credentials/stored-hooks.server.ts';
import {
  leadsElsewhere,
  registerWebhook,
  type WebhookRegistration,
  withoutQuery,
  withToken,
} from './register-webhook.server.ts';

/** Where Chatwoot's webhooks are to lead. */
const endpointOf = (appUrl: string): string => `${appUrl}/api/webhooks/chatwoot`;

type Registered = Extract<WebhookRegistration, { outcome: 'registered' }>;

export interface Connected {
  outcome: 'connected';
  version: string | null;
  registration: Registered;
  /** API inboxes whose own webhooks lead here. */
  inboxes: string[];
  /** Chatwoot's webhooks and API inboxes that lead to our endpoint at another host. */
  elsewhere: { webhooks: ChatwootWebhook[]; inboxes: InboxAtUrl[] };
}

export type ConnectOutcome =
  | Connected
  | { outcome: 'refused'; what: Exclude<WebhookRegistration, Registered> }
  | { outcome: 'inboxes_unreadable'; what: ChatwootFailure };

/**
 * Registers the account's webhook, adopts every webhook and API inbox that leads here, and stores what proves them:
 * their secrets, or for a Chatwoot that cannot sign a token that is made here and put into the addresses. Safe to repeat.
 * The moment of the first connecting stays: comparison counts from it.
 * @throws when the database does not answer
 */
export async function connectChatwoot(
  services: Services,
  client: ChatwootClient,
  { connection, appUrl, actor }: { connection: Connection; appUrl: string; actor: Actor },
): Promise<ConnectOutcome> {
  const { db, config, changes } = services;
  const target = endpointOf(appUrl);
  const keys = sealingKeys(config);
  const known = await readStoredHooks(db.pool, keys);
  const token =
    config.CHATWOOT_WEBHOOK_TOKEN ??
    known.find(({ proof, secret }) => proof === 'token' && secret)?.secret ??
    randomBytes(24).toString('base64url');
  const asked = await client.version();
  const version = asked.outcome === 'ok' ? asked.value : null;
  const registration = await registerWebhook(client, { target, token, version });
  if (registration.outcome !== 'registered') return { outcome: 'refused', what: registration };
  const adopted = await adoptInboxes(client, { target, token });
  if (adopted.outcome !== 'ok') return { outcome: 'inboxes_unreadable', what: adopted };
  const { hooks, names, elsewhere } = adopted.value;
  const listed = await client.listWebhooks();
  const webhooks = listed.outcome === 'ok' ? listed.value : [];

  await inTransaction(db.pool, async (database) => {
    const at = db.clock.now();
    const own = [registration.webhook, ...registration.others].map((webhook) => hookOf(webhook, token));
    await replaceStoredHooks(database, keys, [...own, ...hooks], at);
    // What was read of the registration before says nothing any more: it is read again at once.
    await database.query(WATCHED, [connection.chatwootUrl, connection.accountId, at]);
    await database.query(CONNECTED, [connection.chatwootUrl, connection.accountId, target, at]);
    await recordAudit(database, { actor, ...connectionRecord(registration, connection, names), at });
  });
  changes.announce('page');
  return {
    outcome: 'connected',
    version,
    registration,
    inboxes: names,
    elsewhere: { webhooks: webhooks.filter(({ url }) => leadsElsewhere(url, target)), inboxes: elsewhere },
  };
}

const CONNECTED = `
INSERT INTO chatwoot_connection AS c (chatwoot_url, account, endpoint, connected_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET chatwoot_url = $1, account = $2, endpoint = $3,
  connected_at = CASE WHEN (c.chatwoot_url, c.account) = ($1, $2) THEN c.connected_at ELSE $4 END`;

/** That webhooks of another Chatwoot came, and were expected, says nothing of this one. */
const WATCHED = `
UPDATE arrival_watch w SET registration_at = NULL,
  first_webhook_at = CASE WHEN c.moved THEN NULL ELSE first_webhook_at END,
  registered_at = CASE WHEN c.moved THEN $3 ELSE COALESCE(registered_at, $3) END,
  expect_since = CASE WHEN c.moved THEN $3 ELSE COALESCE(expect_since, $3) END
FROM (SELECT EXISTS (SELECT FROM chatwoot_connection WHERE (chatwoot_url, account) <> ($1, $2)) AS moved) c`;

function hookOf({ id, secret }: ChatwootWebhook, token: string): Hook {
  return {
    kind: 'webhook',
    hookId: String(id),
    proof: secret ? 'signature' : 'token',
    secret: secret ?? token,
  };
}

/**
 * Removes what leads to our endpoint at another host: those webhooks are deleted, those inboxes' addresses emptied.
 * @returns what was removed, and why not all of it if so
 */
export async function removeElsewhere(
  services: Services,
  client: ChatwootClient,
  { elsewhere, actor }: { elsewhere: Connected['elsewhere']; actor: Actor },
): Promise<{ removed: string[]; failure: ChatwootFailure | null }> {
  const removed: string[] = [];
  let failure: ChatwootFailure | null = null;
  for (const { id } of elsewhere.webhooks) {
    const answer = await client.deleteWebhook(id);
    if (answer.outcome === 'ok') removed.push(`webhook ${id}`);
    else failure = answer;
  }
  for (const { id } of elsewhere.inboxes) {
    const answer = await client.setInboxWebhook(id, '');
    if (answer.outcome === 'ok') removed.push(`webhook of inbox ${id}`);
    else failure = answer;
  }
  if (removed.length > 0)
    await inTransaction(services.db.pool, (database) =>
      recordAudit(database, {
        actor,
        action: 'chatwoot.remove_webhooks',
        target: removed.join(', '),
        at: services.db.clock.now(),
      }),
    );
  return { removed, failure };
}

/** What the audit log keeps of a connection: neither the secret nor the token in the webhook's address. */
function connectionRecord(
  { webhook, before, how }: Extract<WebhookRegistration, { outcome: 'registered' }>,
  { chatwootUrl, accountId }: Connection,
  inboxes: readonly string[],
) {
  const shown = ({ url, subscriptions }: { url: string; subscriptions: string[] }) => ({
    address: withoutQuery(url),
    events: subscriptions,
  });
  return {
    action: 'chatwoot.connect' as const,
    target: `webhook ${webhook.id} of account ${accountId} at ${new URL(chatwootUrl).host}`,
    before: before ? shown(before) : null,
    after: { ...shown(webhook), webhook: how, signed: webhook.secret !== null, inboxes: [...inboxes] },
  };
}

/** An API inbox of Chatwoot with a webhook of its own; an earlier address of ours: `url`. */
interface InboxAtUrl {
  id: ExactId;
  name: string;
  url: string;
}

/**
 * The webhooks of API inboxes that lead here: each signs with its inbox's own secret, and Chatwoot marks the customer's
 * message as failed when we refuse it.
 * @param token put into the address where Chatwoot (before 4.13) does not sign
 */
async function adoptInboxes(
  client: ChatwootClient,
  { target, token }: { target: string; token: string },
): Promise<ChatwootAnswer<{ hooks: Hook[]; names: string[]; elsewhere: InboxAtUrl[] }>> {
  const listed = await client.listInboxes();
  if (listed.outcome !== 'ok') return listed;
  const hooks: Hook[] = [];
  const names: string[] = [];
  const elsewhere: InboxAtUrl[] = [];
  for (const { id, name, api } of listed.value) {
    const url = api?.webhookUrl;
    if (!api || !url) continue;
    if (leadsElsewhere(url, target)) elsewhere.push({ id, name, url });
    if (!leadsHere(url, target)) continue;
    if (!api.secret && url !== withToken(target, token)) {
      const changed = await client.setInboxWebhook(id, withToken(target, token));
      if (changed.outcome !== 'ok') return changed;
    }
    const proof = api.secret ? 'signature' : 'token';
    hooks.push({ kind: 'api_inbox', hookId: String(id), proof, secret: api.secret ?? token });
    names.push(name);
  }
  return { outcome: 'ok', value: { hooks, names, elsewhere } };
}

/** The page that Chatwoot shows beside a conversation. */
export const EMBED_PATH = '/embed';
const TITLE = 'Outage Center';

type DashboardAppOutcome =
  { outcome: 'added' | 'there' | 'absent' | 'removed' } | { outcome: 'failed'; what: ChatwootFailure };

/**
 * Adds our page to Chatwoot's conversations, once, or takes it away; without a wish it only looks. It is put on record before
 * anything is changed there.
 */
export async function changeDashboardApp(
  { db }: Pick<Services, 'db'>,
  client: ChatwootClient,
  { appUrl, wish, actor }: { appUrl: string; wish: 'add' | 'remove' | null; actor: Actor },
): Promise<DashboardAppOutcome> {
  const url = `${appUrl.replace(/\/$/, '')}${EMBED_PATH}`;
  const listed = await client.listDashboardApps();
  if (listed.outcome !== 'ok') return { outcome: 'failed', what: listed };
  const ours = listed.value.filter(({ urls }) => urls.includes(url));
  if (wish === null || (wish === 'add') === ours.length > 0)
    return { outcome: ours.length > 0 ? 'there' : 'absent' };
  await inTransaction(db.pool, (database) =>
    recordAudit(database, {
      actor,
      action: wish === 'add' ? 'dashboard_app.add' : 'dashboard_app.remove',
      target: url,
      at: db.clock.now(),
    }),
  );
  if (wish === 'add') {
    const made = await client.createDashboardApp({ title: TITLE, url });
    return made.outcome === 'ok' ? { outcome: 'added' } : { outcome: 'failed', what: made };
  }
  for (const { id } of ours) {
    const removed = await client.deleteDashboardApp(id);
    if (removed.outcome !== 'ok') return { outcome: 'failed', what: removed };
  }
  return { outcome: 'removed' };
}
