import type { Services } from '../../../lib/services.server.ts';
import { credentialsOf } from './credentials-of.ts';
import type { Credentials } from './hook.ts';
import { readLocalCopy } from './local-copy.server.ts';
import { sealingKeys } from './sealing-keys.ts';
import { readStoredHooks } from './stored-hooks.server.ts';

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
