import type pg from 'pg';
import { openText, sealText } from '../../../lib/body-cipher.server.ts';
import type { EncryptionKey } from '../../../lib/config.ts';
import type { Hook, StoredHook } from './hook.ts';

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
