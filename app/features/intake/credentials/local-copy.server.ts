import { readFileSync } from 'node:fs';
import path from 'node:path';
import { storeSecret } from '../../../lib/store-secret.server.ts';
import type { Hook } from './hook.ts';

/** What this machine keeps, so that webhooks can be verified while the database is away. */
export type LocalCopy = { outcome: 'none' } | { outcome: 'unreadable' } | { outcome: 'read'; hooks: Hook[] };

/** `{"hooks": [{kind, hookId, proof, secret}]}`; earlier versions: `{"secret", "webhookId", "url"}`. Mode 0600. */
export function localCopyFile(dataDir: string): string {
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
