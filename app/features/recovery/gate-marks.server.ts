import type pg from 'pg';
import type { Queryable } from '../../lib/database/queryable.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { cleaned } from '../incidents/change-incident.server.ts';
import { type GateMark, isTickable } from './gate-item.ts';

export interface MarkRequest {
  gate: 'restore' | 'recovery';
  /** Of the recovery checklist; null for the restore checklist. */
  incidentId: number | null;
  item: string;
  done: boolean;
  note: string | null;
  actor: Actor;
  now: Date;
}

export type MarkOutcome =
  { outcome: 'marked' } | { outcome: 'unknown_item' } | { outcome: 'unknown_incident' };

/** Ticks an item of a checklist, or withdraws the tick, by a named person. */
export async function markItem(services: Services, request: MarkRequest): Promise<MarkOutcome> {
  const { gate, incidentId, item } = request;
  const note = cleaned(request.note) || null;
  if (!isTickable(gate, item)) return { outcome: 'unknown_item' };
  const outcome = await inTransaction(services.db.pool, async (client): Promise<MarkOutcome> => {
    if (gate === 'recovery') {
      const found = await client.query('SELECT 1 FROM incidents WHERE id = $1', [incidentId]);
      if (found.rowCount === 0) return { outcome: 'unknown_incident' };
    }
    await recordMark(client, { ...request, note });
    return { outcome: 'marked' };
  });
  services.changes.announce('page');
  return outcome;
}

/** Writes a tick or its withdrawal, in the transaction of what it tells of. */
export async function recordMark(client: pg.ClientBase, mark: MarkRequest): Promise<void> {
  const { gate, incidentId, item, done, note, actor, now } = mark;
  await client.query(
    'INSERT INTO gate_marks (gate, incident_id, item, done, at, by, note) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [gate, gate === 'recovery' ? incidentId : null, item, done, now, actor.name, note],
  );
  await recordAudit(client, {
    actor,
    action: done ? 'gates.tick' : 'gates.untick',
    target: gate === 'recovery' ? `incident ${incidentId}: ${item}` : `restore checklist: ${item}`,
    reason: note,
    at: now,
  });
}

/** The newest mark of each item of a checklist. */
export async function readMarks(
  db: Queryable,
  gate: 'restore' | 'recovery',
  incidentId: number | null,
): Promise<GateMark[]> {
  const { rows } = await db.query<GateMark>(
    `SELECT DISTINCT ON (item) item, done, at, by, note FROM gate_marks
     WHERE gate = $1 AND incident_id IS NOT DISTINCT FROM $2::bigint
     ORDER BY item, id DESC`,
    [gate, incidentId],
  );
  return rows;
}
