import { createSecretKey, hkdfSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { openText, sealText } from '../../../lib/body-cipher.server.ts';
import type { Config, EncryptionKey } from '../../../lib/settings/config.ts';
import type { Hook, StoredHook } from '../authenticate-webhook.ts';

type Database = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>;

/** What a sealed secret is bound to: moved to another row it cannot be opened. */
const boundTo = ({ kind, hookId }: Pick<Hook, 'kind' | 'hookId'>) => `${kind}:${hookId}`;

/**
 * Every webhook of Chatwoot that leads here, as any process connected it.
 * @param keys see sealingKeys
 * @throws when the database does not answer
 */
export async function readStoredHooks(
  database: Database,
  keys: readonly EncryptionKey[],
): Promise<StoredHook[]> {
  const { rows } = await database.query<StoredHook>(
    'SELECT kind, hook_id::text AS "hookId", proof, secret FROM chatwoot_hooks ORDER BY kind, hook_id',
  );
  return rows.map((row) => ({
    ...row,
    secret: row.secret === null ? null : openText(keys, row.secret, boundTo(row)),
  }));
}

/**
 * Puts these webhooks in place of those known so far. Without any key the secrets stay out of the database, and it
 * keeps only that there are some.
 */
export async function replaceStoredHooks(
  client: pg.ClientBase,
  keys: readonly EncryptionKey[],
  hooks: readonly Hook[],
  at: Date,
): Promise<void> {
  await client.query('DELETE FROM chatwoot_hooks');
  await insertHooks(client, keys, hooks, at);
}

/** Adds webhooks that are not known yet; one that is known stays as it is. */
export async function insertHooks(
  database: Database,
  keys: readonly EncryptionKey[],
  hooks: readonly Hook[],
  at: Date,
): Promise<void> {
  const sealed = hooks.map((hook) => (keys.length === 0 ? null : sealText(keys, hook.secret, boundTo(hook))));
  await database.query(
    `INSERT INTO chatwoot_hooks (kind, hook_id, proof, secret, adopted_at)
     SELECT kind, hook_id, proof, secret, $5
     FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS h(kind, hook_id, proof, secret)
     ON CONFLICT (kind, hook_id) DO NOTHING`,
    [
      hooks.map(({ kind }) => kind),
      hooks.map(({ hookId }) => hookId),
      hooks.map(({ proof }) => proof),
      sealed,
      at,
    ],
  );
}

/** The name that what was sealed with the derived key carries. */
const DERIVED = 'chatwoot-api-token';

/**
 * Keys that seal the webhooks' secrets in the database; the first one seals. DATA_ENCRYPTION_KEYS, else one derived from
 * CHATWOOT_API_TOKEN, which every process has and with which whoever holds it could read the secrets in Chatwoot anyway:
 * a copy of the database alone does not tell them.
 */
export function sealingKeys(
  config: Pick<Config, 'DATA_ENCRYPTION_KEYS' | 'CHATWOOT_API_TOKEN'>,
): EncryptionKey[] {
  const { DATA_ENCRYPTION_KEYS: keys, CHATWOOT_API_TOKEN: apiToken } = config;
  if (!apiToken) return [...keys];
  const derived = hkdfSync('sha256', apiToken, '', 'outage-center webhook secrets', 32);
  return [...keys, { id: DERIVED, key: createSecretKey(Buffer.from(derived)) }];
}

/** What this machine keeps, so that webhooks can be verified while the database is away. */
export type LocalCopy = { outcome: 'none' } | { outcome: 'unreadable' } | { outcome: 'read'; hooks: Hook[] };

/** `{"hooks": [{kind, hookId, proof, secret}]}`; earlier versions: `{"secret", "webhookId", "url"}`. Mode 0600. */
function localCopyFile(dataDir: string): string {
  return path.join(dataDir, 'secrets', 'chatwoot-webhook.json');
}

/** A file that is there and tells no secret is never taken for none: that would open the endpoint. */
export function readLocalCopy(dataDir: string): LocalCopy {
  try {
    const hooks = hooksOf(JSON.parse(readFileSync(localCopyFile(dataDir), 'utf8')));
    return hooks ? { outcome: 'read', hooks } : { outcome: 'unreadable' };
  } catch (error) {
    return { outcome: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'none' : 'unreadable' };
  }
}

/** @throws when the disk refuses */
export async function writeLocalCopy(dataDir: string, hooks: readonly Hook[]): Promise<void> {
  await storeSecret(localCopyFile(dataDir), { hooks });
}

interface Written {
  hooks?: unknown;
  secret?: unknown;
  webhookId?: unknown;
}

function hooksOf(content: unknown): Hook[] | null {
  if (typeof content !== 'object' || content === null) return null;
  const { hooks, secret, webhookId } = content as Written;
  if (Array.isArray(hooks)) return hooks.length > 0 && hooks.every(isHook) ? hooks : null;
  const hook = { kind: 'webhook', hookId: String(webhookId), proof: 'signature', secret };
  return isHook(hook) ? [hook] : null;
}

function isHook(value: unknown): value is Hook {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, hookId, proof, secret } = value as Record<keyof Hook, unknown>;
  return (
    (kind === 'webhook' || kind === 'api_inbox') &&
    typeof hookId === 'string' &&
    /^\d{1,18}$/.test(hookId) &&
    (proof === 'signature' || proof === 'token') &&
    typeof secret === 'string' &&
    secret !== ''
  );
}

/**
 * Writes a secret so that only the app's user can read it: mode 0600 in a folder of mode 0700, all of it or nothing.
 * @throws when the disk refuses
 */
async function storeSecret(file: string, content: object): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const temporary = `${file}.${randomUUID()}`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content)}\n`);
    await handle.sync();
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}
