import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { openText, sealAnew, sealText } from '../../../lib/body-cipher.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { postOnce } from '../../notify/channels/post-once.server.ts';
import { signedPost } from '../../notify/channels/webhook/send-to-webhook.server.ts';
import { queueNotifications } from '../../notify/queue-notifications.server.ts';
import { readStatusComponents } from '../read-settings.server.ts';
import { CONFIRM_DAYS, hashOf, hashOfHook, hashOfMail, parseComponents } from './subscriber.ts';

/** What a sealed address, secret and token are bound to. */
export const sealedAs = (addressHash: string): string => `subscriber:${addressHash}`;

const KEY_SEALED_AS = 'subscriber-key';

/**
 * What addresses are hashed with, the same for all processes; made when it is first needed. It outlives a rotation of the keys:
 * whoever reads it seals it with the newest.
 */
export async function readAddressKey(
  { db, config }: Pick<Services, 'db' | 'config'>,
  now: Date,
): Promise<Buffer> {
  const keys = config.DATA_ENCRYPTION_KEYS;
  const seal = (text: string) => sealText(keys, text, KEY_SEALED_AS);
  const read = () => db.pool.query<{ key: string }>('SELECT key FROM status_subscriber_key');
  let { rows } = await read();
  if (rows.length === 0) {
    await db.pool.query(
      'INSERT INTO status_subscriber_key (key, made_at) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [seal(randomBytes(32).toString('base64url')), now],
    );
    ({ rows } = await read());
  }
  const stored = rows[0]!.key;
  const key = openText(keys, stored, KEY_SEALED_AS);
  if (key === null)
    throw new Error(
      'Subscribers cannot be looked up: their key is sealed with one that is not in DATA_ENCRYPTION_KEYS.',
    );
  const anew = sealAnew(keys, stored, KEY_SEALED_AS);
  if (anew) await db.pool.query('UPDATE status_subscriber_key SET key = $1 WHERE key = $2', [anew, stored]);
  return Buffer.from(key, 'base64url');
}

const newToken = (): string => randomBytes(32).toString('base64url');

const chosen = async (pool: pg.Pool, ticked: readonly string[]): Promise<string[]> =>
  parseComponents(
    ticked,
    (await readStatusComponents(pool)).map(({ id }) => String(id)),
  );

interface SignUp {
  address: string;
  /** Numbers of the components that were ticked. */
  ticked: readonly string[];
  now: Date;
}

/**
 * Somebody asks to be told by e-mail: the address gets a mail with the link that confirms, or, when it is confirmed already,
 * the link that changes and ends it. One that takes no mail gets none. Whoever asks learns nothing of that.
 */
export async function signUp(services: Services, { address, ticked, now }: SignUp): Promise<void> {
  const { db, config, changes } = services;
  const components = await chosen(db.pool, ticked);
  const hash = hashOfMail(await readAddressKey(services, now), address);
  const token = newToken();
  const seal = (text: string) => sealText(config.DATA_ENCRYPTION_KEYS, text, sealedAs(hash));
  await inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ id: number; bounced: boolean }>(
      `INSERT INTO status_subscribers AS s (kind, address, address_hash, token, token_hash, components, created_at)
       VALUES ('email', $1, $2, $3, $4, $5, $6)
       ON CONFLICT (address_hash) DO UPDATE SET
         -- What is confirmed is changed by whoever has its link alone.
         components = CASE WHEN s.confirmed_at IS NULL THEN EXCLUDED.components ELSE s.components END,
         created_at = CASE WHEN s.confirmed_at IS NULL THEN EXCLUDED.created_at ELSE s.created_at END
       RETURNING id, bounced_at IS NOT NULL AS bounced`,
      [seal(address), hash, seal(token), hashOf(token), components, now],
    );
    const { id, bounced } = rows[0]!;
    if (bounced) return;
    await queueNotifications(
      client,
      [
        {
          dedupeKey: `subscription:${id}:${randomBytes(9).toString('base64url')}`,
          thread: `subscription-${id}`,
          ...{ incidentId: null, contactId: null, fallbacks: [], drill: null },
          channel: { kind: 'subscriber_mail', of: 'subscriber', subscriberId: id },
          message: {
            ...{ kind: 'subscription', severity: 'info', title: '', sentence: '', facts: [], link: '' },
            at: now.toISOString(),
          },
        },
      ],
      now,
    );
  });
  changes.announce('work');
}

/**
 * Somebody asks to be told by webhook: its address is sent a challenge, and has to answer with it, as text or as the field
 * `challenge` of a JSON object. Only public addresses are called. Anybody may name somebody else's: what is subscribed already
 * keeps its secret, and is changed by whoever has its link alone. It is told again when it had said that it is gone.
 * @returns what signs, and its link's token; `known`: it is subscribed already; null: it did not answer so
 */
export async function signUpHook(
  services: Services,
  { address, ticked, now }: SignUp,
): Promise<{ secret: string; token: string } | 'known' | null> {
  const { db, config } = services;
  const hash = hashOfHook(await readAddressKey(services, now), address);
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const [challenge, token] = [newToken(), newToken()];
  const body = JSON.stringify({
    type: 'subscription.challenge',
    timestamp: now.toISOString(),
    data: { challenge },
  });
  const id = `challenge_${randomBytes(12).toString('base64url')}`;
  const answer = await postOnce(
    config,
    signedPost({ url: address, secret, guarded: 'from_strangers' }, { id, body }, db.clock.now()),
  );
  if (answer.outcome !== 'answered' || answer.status < 200 || answer.status > 299) return null;
  if (!answersWith(answer.body.toString('utf8'), challenge)) return null;
  const components = await chosen(db.pool, ticked);
  const seal = (text: string) => sealText(config.DATA_ENCRYPTION_KEYS, text, sealedAs(hash));
  const { rows } = await db.pool.query<{ added: boolean }>(
    `INSERT INTO status_subscribers (kind, address, address_hash, secret, token, token_hash, components, created_at, confirmed_at)
     VALUES ('webhook', $1, $2, $3, $4, $5, $6, $7, $7)
     ON CONFLICT (address_hash) DO UPDATE SET bounced_at = NULL, bounce = NULL
     RETURNING token_hash = $5 AS added`,
    [seal(address), hash, seal(secret), seal(token), hashOf(token), components, now],
  );
  services.changes.announce('page');
  return rows[0]!.added ? { secret, token } : 'known';
}

function answersWith(body: string, challenge: string): boolean {
  const text = body.trim();
  if (text === challenge) return true;
  try {
    return (JSON.parse(text) as { challenge?: unknown } | null)?.challenge === challenge;
  } catch {
    return false;
  }
}

/** A subscription as its owner sees it by its link. */
export interface Subscription {
  id: number;
  kind: 'email' | 'webhook';
  confirmed: boolean;
  components: string[];
}

/** @returns null: there is none (any more), or it was not confirmed in time */
export async function findSubscription(
  db: pg.Pool | pg.PoolClient,
  token: string,
  now: Date,
): Promise<Subscription | null> {
  const { rows } = await db.query<Subscription>(
    `SELECT id, kind, confirmed_at IS NOT NULL AS confirmed, components FROM status_subscribers
     WHERE token_hash = $1 AND (confirmed_at IS NOT NULL OR created_at > $2::timestamptz - make_interval(days => ${CONFIRM_DAYS}))`,
    [hashOf(token), now],
  );
  return rows[0] ?? null;
}

/** Confirms a subscription, or changes what it is about. */
export async function saveSubscription(
  { db, changes }: Services,
  { id, ticked, now }: { id: number; ticked: readonly string[]; now: Date },
): Promise<void> {
  await db.pool.query(
    'UPDATE status_subscribers SET components = $2, confirmed_at = COALESCE(confirmed_at, $3) WHERE id = $1',
    [id, await chosen(db.pool, ticked), now],
  );
  changes.announce('page');
}

/** Ends a subscription: nothing of it is kept. Once it is gone there is nothing to do. */
export async function endSubscription({ db, changes }: Services, token: string): Promise<void> {
  await db.pool.query('DELETE FROM status_subscribers WHERE token_hash = $1', [hashOf(token)]);
  changes.announce('page');
}

/** Forgets sign-ups that nobody confirmed in time. @returns how many */
export async function removeUnconfirmed(pool: pg.Pool, now: Date): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM status_subscribers WHERE confirmed_at IS NULL AND bounced_at IS NULL
       AND created_at < $1::timestamptz - make_interval(days => ${CONFIRM_DAYS})`,
    [now],
  );
  return rowCount ?? 0;
}
