import type { ClientBase } from 'pg';
import type { Actor } from './actor.ts';
import type { AuditAction } from './audit-words.ts';
import { storableJson, storableText } from '../../lib/storable.ts';

export interface AuditRecord {
  actor: Actor;
  /** What was done, as `thing.verb`, e.g. `dead_letters.replay`. */
  action: AuditAction;
  /** What it was done to, in words with its number, e.g. `replay 12`. */
  target: string;
  /** What the change found and what it left, as JSON; never a secret, never a customer's text. */
  before?: unknown;
  after?: unknown;
  reason?: string | null;
  at: Date;
}

/**
 * Appends one row to the audit log. Pass the client of the transaction that makes the change, and call it last in it:
 * from here to the commit every other change that is recorded waits.
 */
export async function recordAudit(client: ClientBase, record: AuditRecord): Promise<void> {
  const { actor, action, target, before, after, reason, at } = record;
  await client.query(
    `INSERT INTO audit_log (at, actor_id, actor_name, actor_role, via, from_address, action, target, before, after, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      at,
      storableText(actor.id),
      storableText(actor.name),
      actor.role,
      actor.via,
      actor.from && storableText(actor.from),
      action,
      storableText(target),
      jsonOrNull(before),
      jsonOrNull(after),
      reason ? storableText(reason) : null,
    ],
  );
}

function jsonOrNull(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return storableJson(value);
}
