import { createSecretKey, hkdfSync } from 'node:crypto';
import type { Config, EncryptionKey } from '../../../lib/config.ts';

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
