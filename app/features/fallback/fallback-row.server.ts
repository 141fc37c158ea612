import type pg from 'pg';

export interface ModeRow {
  state: 'on' | 'off';
  version: number;
  runId: number | null;
  changedAt: Date | null;
  changedBy: string | null;
}

/** Locks where fallback mode stands: of two that change it at once the second sees what the first did. */
export async function lockMode(client: pg.ClientBase): Promise<ModeRow> {
  const { rows } = await client.query<ModeRow>(
    `SELECT state, version, run_id AS "runId", changed_at AS "changedAt", changed_by AS "changedBy"
     FROM fallback_mode FOR UPDATE`,
  );
  return rows[0]!;
}

/** Writes the change that was decided under the lock. */
export async function writeMode(
  client: pg.ClientBase,
  change: { state: 'on' | 'off'; runId: number; by: string; now: Date },
): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `UPDATE fallback_mode SET state = $1, version = version + 1, run_id = $2, changed_by = $3, changed_at = $4
     WHERE state <> $1 RETURNING version`,
    [change.state, change.runId, change.by, change.now],
  );
  return rows[0]!.version;
}
