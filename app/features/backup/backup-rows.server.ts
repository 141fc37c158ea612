import type { Queryable } from '../../lib/database/queryable.server.ts';
import { storableText } from '../../lib/storable.ts';
import { isAlive } from '../processes/liveness.ts';
import type { BackupState } from './judge-backups.ts';

/** As long as its process lives a backup is being made. */
const END_DEAD = `
UPDATE backups SET state = 'failed', finished_at = $1, problem = 'the process that made it ended before it was done'
WHERE state = 'running' AND owner IS NOT NULL AND NOT ${isAlive('backups.owner')}`;

const CLAIM = `
INSERT INTO backups (scheduled, state, started_at, owner, file, encrypted)
SELECT true, 'running', $1, $2, $3, $4
WHERE NOT EXISTS (
  SELECT FROM backups WHERE state = 'running'
    OR scheduled AND state = 'done' AND started_at > $1::timestamptz - $5 * interval '1 millisecond'
    OR scheduled AND state = 'failed' AND finished_at > $1::timestamptz - $6 * interval '1 millisecond')
ON CONFLICT DO NOTHING
RETURNING id`;

/** @returns the number of the backup that this process is to make now; null: none is due, or somebody makes it */
export async function claimBackup(
  db: Queryable,
  due: { now: Date; owner: string; file: string; encrypted: boolean; everyMs: number; retryMs: number },
): Promise<number | null> {
  await db.query(END_DEAD, [due.now]);
  const { rows } = await db.query<{ id: number }>(CLAIM, [
    due.now,
    due.owner,
    storableText(due.file),
    due.encrypted,
    due.everyMs,
    due.retryMs,
  ]);
  return rows[0]?.id ?? null;
}

export async function noteMade(
  db: Queryable,
  id: number,
  { now, bytes, rows }: { now: Date; bytes: number; rows: number },
): Promise<void> {
  await db.query("UPDATE backups SET state = 'done', finished_at = $2, bytes = $3, rows = $4 WHERE id = $1", [
    id,
    now,
    bytes,
    rows,
  ]);
}

export async function noteFailed(
  db: Queryable,
  id: number,
  { now, problem }: { now: Date; problem: string },
): Promise<void> {
  await db.query("UPDATE backups SET state = 'failed', finished_at = $2, problem = $3 WHERE id = $1", [
    id,
    now,
    storableText(problem),
  ]);
}

/** One that a person made. */
export async function noteByHand(
  db: Queryable,
  made: { startedAt: Date; now: Date; file: string; encrypted: boolean; bytes: number; rows: number },
): Promise<void> {
  await db.query(
    `INSERT INTO backups (scheduled, state, started_at, finished_at, file, encrypted, bytes, rows)
     VALUES (false, 'done', $1, $2, $3, $4, $5, $6)`,
    [made.startedAt, made.now, storableText(made.file), made.encrypted, made.bytes, made.rows],
  );
}

/** In a backup, the one that it is had not ended yet: put back, it has. */
export async function noteRestored(db: Queryable, at: string): Promise<void> {
  await db.query("UPDATE backups SET state = 'done', finished_at = $1 WHERE state = 'running'", [at]);
}

const STATE = `
SELECT (SELECT json_build_object('at', started_at, 'bytes', coalesce(bytes, 0), 'rows', coalesce(rows, 0), 'encrypted', encrypted)
    FROM backups WHERE state = 'done' ORDER BY started_at DESC LIMIT 1) AS done,
  (SELECT json_build_object('at', finished_at, 'problem', problem)
    FROM (SELECT * FROM backups WHERE state <> 'running' ORDER BY started_at DESC LIMIT 1) last WHERE state = 'failed') AS failed,
  (SELECT started_at FROM backups WHERE scheduled ORDER BY started_at LIMIT 1) AS "firstAt"`;

export async function readBackupState(db: Queryable): Promise<BackupState> {
  const { rows } = await db.query<{
    done: (Omit<NonNullable<BackupState['done']>, 'at'> & { at: string }) | null;
    failed: { at: string; problem: string } | null;
    firstAt: Date | null;
  }>(STATE);
  const { done, failed, firstAt } = rows[0]!;
  return {
    done: done && { ...done, at: new Date(done.at) },
    failed: failed && { ...failed, at: new Date(failed.at) },
    firstAt,
  };
}
