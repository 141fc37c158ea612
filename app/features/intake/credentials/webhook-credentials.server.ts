import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { databaseNow } from '../../../lib/database/queryable.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { type Credentials, credentialsOf, type Hook, type StoredHook } from '../authenticate-webhook.ts';
import {
  insertHooks,
  readLocalCopy,
  readStoredHooks,
  sealingKeys,
  writeLocalCopy,
} from './stored-hooks.server.ts';

/** How long a change in the database may go unnoticed, in ms. */
const LOOK_EVERY_MS = 5000;
/**
 * A webhook that is not proved has the database looked into again, but not more often than this, in ms: connecting asks the
 * endpoint, stores the secret, and has a webhook come within a fifth of a second.
 */
const LOOK_AGAIN_MS = 100;

export interface WebhookCredentials {
  /** At once, from memory; looks into the database in the background when that was a while ago. */
  current(): Credentials;
  /** Looks again unless that was done a moment ago, and waits for it. Never rejects. */
  lookAgain(): Promise<void>;
  /** `none`: the database was asked and nothing is configured, so no webhook can be genuine. */
  state(): 'known' | 'none' | 'unreadable';
}

/**
 * What webhooks of Chatwoot are proved with in this process: the settings' secrets and tokens, and those of the webhooks
 * that were connected, which are in the database for all processes. A copy on this machine serves while the database is
 * away. As long as neither could be read, nothing is known to be wrong: `complete` is false.
 * @param ask runs one statement on the intake's own connection, with a deadline
 */
export function openWebhookCredentials(
  { config, log }: Pick<Services, 'config' | 'log'>,
  ask: <T>(statement: (client: pg.Client) => Promise<T>) => Promise<T>,
): WebhookCredentials {
  const keys = sealingKeys(config);
  const { DATA_DIR: dataDir } = config;
  const first = readLocalCopy(dataDir);
  let copied: readonly Hook[] | null = first.outcome === 'read' ? first.hooks : null;
  let credentials = credentialsOf(config, copied ?? [], copied !== null);
  let lookedAt = -Infinity;
  let looking: Promise<unknown> | null = null;

  async function look() {
    const stored = await ask((client) => readStoredHooks(client, keys));
    if (stored.length > 0) return take(stored);
    // Connected by an earlier version, which kept the secret here only, or the database was put back from before.
    const local = readLocalCopy(dataDir);
    if (local.outcome === 'read') {
      const { hooks } = local;
      await ask(async (client) => insertHooks(client, keys, hooks, await databaseNow(client)));
    }
    copied = local.outcome === 'read' ? local.hooks : null;
    credentials = credentialsOf(config, copied ?? [], local.outcome !== 'unreadable');
  }

  async function take(stored: readonly StoredHook[]) {
    const readable = stored.filter((hook): hook is Hook => hook.secret !== null);
    const complete = readable.length === stored.length;
    // What the database has and this process cannot open, an earlier copy may still tell.
    const known = complete ? readable : [...readable, ...(copied ?? [])];
    credentials = credentialsOf(config, known, complete);
    if (!complete || isDeepStrictEqual(readable, copied)) return;
    try {
      await writeLocalCopy(dataDir, readable);
      copied = readable;
    } catch (error) {
      log.warn({ problem: String(error) }, 'the copy of the webhook secrets cannot be written to DATA_DIR');
    }
  }

  function refresh(): Promise<unknown> {
    looking ??= look()
      // What was not read is asked for again with the next webhook that is not proved.
      .then(() => (lookedAt = performance.now()))
      .catch((error: unknown) => log.debug({ problem: String(error) }, 'webhook secrets: database away'))
      .then(() => (looking = null));
    return looking;
  }
  void refresh();

  return {
    current() {
      if (performance.now() - lookedAt >= LOOK_EVERY_MS) void refresh();
      return credentials;
    },
    async lookAgain() {
      if (looking || performance.now() - lookedAt >= LOOK_AGAIN_MS) await refresh();
    },
    state() {
      const { secrets, tokens, complete } = credentials;
      if (!complete) return 'unreadable';
      return secrets.length + tokens.length > 0 ? 'known' : 'none';
    },
  };
}

/**
 * What webhooks are proved with, read now: from the database, else from this machine's copy.
 * @throws when there is a database and it does not answer
 */
export async function readCredentials({
  config,
  db,
}: Pick<Services, 'config'> & Partial<Pick<Services, 'db'>>): Promise<Credentials> {
  const stored = db ? await readStoredHooks(db.pool, sealingKeys(config)) : [];
  if (stored.length > 0)
    return credentialsOf(
      config,
      stored,
      stored.every(({ secret }) => secret !== null),
    );
  const local = readLocalCopy(config.DATA_DIR);
  return credentialsOf(
    config,
    local.outcome === 'read' ? local.hooks : [],
    db !== undefined && local.outcome !== 'unreadable',
  );
}
