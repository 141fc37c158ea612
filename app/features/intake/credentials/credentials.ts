import type { Config } from '../../../lib/settings/config.ts';

/** A webhook of Chatwoot that leads here, and how a request proves that it is that webhook's. */
export interface Hook {
  /** Of the account, or of one API inbox: each has a secret of its own. */
  kind: 'webhook' | 'api_inbox';
  /** Chatwoot's number of the webhook or the inbox, decimal. */
  hookId: string;
  /** A Chatwoot before 4.12 (API inboxes: 4.13) cannot sign: its address carries a token instead. */
  proof: 'signature' | 'token';
  secret: string;
}

/** The same as stored: null when there is a secret that cannot be read here. */
export type StoredHook = Omit<Hook, 'secret'> & { secret: string | null };

/** What a webhook may be proved with. */
export interface Credentials {
  secrets: readonly string[];
  tokens: readonly string[];
  /** false: there may be others that this process could not read, so nobody can be called wrong. */
  complete: boolean;
}

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
