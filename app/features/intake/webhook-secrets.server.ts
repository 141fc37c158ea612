import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../lib/config.ts';

/** How long a change of the file may go unnoticed, in ms. */
const LOOK_EVERY_MS = 5000;

export interface WebhookSecrets {
  /** Every secret a signature may be made with: the settings' and the registered webhook's. */
  current(): readonly string[];
  /** Neither a secret nor a token is configured. */
  isOpen(): boolean;
}

/** Where `npm run ops:connect-chatwoot` keeps the secret that Chatwoot made: `{"secret": "…"}`, mode 0600. */
export function webhookSecretFile(dataDir: string): string {
  return path.join(dataDir, 'secrets', 'chatwoot-webhook.json');
}

/** Reads the secret file again when it has changed, so that connecting needs no restart. */
export function openWebhookSecrets(config: Config): WebhookSecrets {
  const file = webhookSecretFile(config.DATA_DIR);
  let secrets: readonly string[] = config.CHATWOOT_WEBHOOK_SECRET;
  let version = '';
  let lookedAt = -Infinity;

  function look() {
    lookedAt = performance.now();
    const stat = statSync(file, { throwIfNoEntry: false });
    const seen = stat ? `${stat.mtimeMs}:${stat.ino}:${stat.size}` : '';
    if (seen === version) return;
    const registered = stat ? readSecret(file) : null;
    // Half written: the next look finds the rest.
    if (stat && !registered) return;
    version = seen;
    secrets = registered ? [...config.CHATWOOT_WEBHOOK_SECRET, registered] : config.CHATWOOT_WEBHOOK_SECRET;
  }

  function current() {
    if (performance.now() - lookedAt >= LOOK_EVERY_MS) {
      try {
        look();
      } catch {
        // Not readable for us: the secrets known so far stay in force.
      }
    }
    return secrets;
  }
  return { current, isOpen: () => current().length === 0 && !config.CHATWOOT_WEBHOOK_TOKEN };
}

function readSecret(file: string): string | null {
  try {
    const { secret } = JSON.parse(readFileSync(file, 'utf8')) as { secret?: unknown };
    return typeof secret === 'string' && secret !== '' ? secret : null;
  } catch {
    return null;
  }
}
