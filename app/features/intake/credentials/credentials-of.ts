import type { Config } from '../../../lib/config.ts';
import type { Credentials, Hook, StoredHook } from './hook.ts';

/** The settings' secrets and token together with those of the webhooks that were connected. */
export function credentialsOf(
  config: Pick<Config, 'CHATWOOT_WEBHOOK_SECRET' | 'CHATWOOT_WEBHOOK_TOKEN'>,
  hooks: readonly StoredHook[],
  complete: boolean,
): Credentials {
  const of = (proof: Hook['proof']) =>
    hooks.flatMap((hook) => (hook.proof === proof && hook.secret !== null ? [hook.secret] : []));
  const { CHATWOOT_WEBHOOK_SECRET: secrets, CHATWOOT_WEBHOOK_TOKEN: token } = config;
  return {
    secrets: [...new Set([...secrets, ...of('signature')])],
    tokens: [...new Set([...(token ? [token] : []), ...of('token')])],
    complete,
  };
}
