import type pg from 'pg';
import type { ExactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import { CHATWOOT_AHEAD } from '../../../lib/chatwoot/clock.server.ts';
import type { ChatwootAgent } from '../../../lib/chatwoot/people.server.ts';
import type { Queryable } from '../../../lib/database/queryable.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Config } from '../../../lib/settings/config.ts';
import { mayTake } from '../../processes/liveness.ts';
import { lockConversations, recomputeWaits } from '../recompute-waits.server.ts';
import type { WaitingCheck } from '../waiting-view.ts';

/** How old the last check may be before the next one begins, ms. */
export const CHECK_EVERY_MS = 15 * 60_000;

type CheckStep = 'open' | 'pending' | 'missing' | 'messages';

/** A check that runs: what waits is compared with what Chatwoot lists as open and pending. */
export interface CheckRow {
  id: number;
  is_first: boolean;
  started_at: Date;
  step: CheckStep;
  page: number;
  first_of_page: ExactId | null;
  /** How often the present page or conversation was not answered. */
  failures: number;
  open_total: number | null;
}

/** One at a time, by a partial unique index; the first begins with the app. */
const BEGIN = `
INSERT INTO backlog_checks (is_first, started_at, progressed_at)
SELECT listed_at IS NULL, $1, $1 FROM backlog_projection
WHERE NOT EXISTS (SELECT FROM backlog_checks WHERE started_at > $2)
ON CONFLICT DO NOTHING`;

/** A check is a process's as long as that process lives; see decision 1. */
const CLAIM = `
UPDATE backlog_checks c SET owner = $1
WHERE finished_at IS NULL AND ${mayTake('c.owner')}
RETURNING id, is_first, started_at, step, page, first_of_page, failures, open_total`;

/**
 * Takes the check that runs, or begins one when the last is older than it may be.
 * @param everyMs how old the last one may be
 * @returns null when none is due, or another process is at it
 */
export async function claimCheck(
  { db, processId }: Pick<Services, 'db' | 'processId'>,
  { everyMs, now }: { everyMs: number; now: Date },
): Promise<CheckRow | null> {
  await db.pool.query(BEGIN, [now, new Date(now.getTime() - everyMs)]);
  const { rows } = await db.pool.query<CheckRow>(CLAIM, [processId]);
  return rows[0] ?? null;
}

const ADVANCE = `
UPDATE backlog_checks SET step = $4, page = $5, first_of_page = $6, counted = counted + $7, gone = gone + $8,
  open_total = COALESCE($9, open_total), pending_total = COALESCE($10, pending_total), skipped = skipped + $11,
  progressed_at = $12, failures = 0, problem = NULL
WHERE id = $1 AND step = $2 AND page = $3 AND finished_at IS NULL`;

export interface CheckProgress {
  step?: CheckStep;
  page?: number;
  firstOfPage?: ExactId | null;
  counted?: number;
  gone?: number;
  openTotal?: number | null;
  pendingTotal?: number | null;
  skipped?: number;
  now: Date;
}

/** Puts down how far it got, in the transaction of what was read. @returns false when somebody else did that already */
export async function advanceCheck(
  client: pg.ClientBase | pg.Pool,
  row: CheckRow,
  progress: CheckProgress,
): Promise<boolean> {
  const { rowCount } = await client.query(ADVANCE, [
    ...[row.id, row.step, row.page],
    progress.step ?? row.step,
    progress.page ?? row.page,
    progress.firstOfPage ?? null,
    ...[progress.counted ?? 0, progress.gone ?? 0],
    ...[progress.openTotal ?? null, progress.pendingTotal ?? null],
    ...[progress.skipped ?? 0, progress.now],
  ]);
  return rowCount === 1;
}

/** Puts down that Chatwoot did not answer; it is asked again with the next round. */
export async function recordFailure(
  { db }: Pick<Services, 'db'>,
  row: CheckRow,
  problem: string,
): Promise<void> {
  await db.pool.query(
    'UPDATE backlog_checks SET failures = failures + 1, problem = $2 WHERE id = $1 AND finished_at IS NULL',
    [row.id, problem],
  );
}

/** Without progress for so long, what is known is all that there is to judge by. */
const STALLED_MS = 2 * 60_000;

interface Row {
  is_first: boolean;
  step: CheckStep;
  counted: number;
  total: number | null;
  started_at: Date;
  progressed_at: Date;
  problem: string | null;
  skipped: number;
  finished_at: Date | null;
}

/** Where the check of what waits stands: the one that runs, and the last that was done. */
export async function readCheck(db: Queryable, now: Date): Promise<WaitingCheck> {
  const { rows } = await db.query<Row>(
    `(SELECT is_first, step, counted, open_total + COALESCE(pending_total, 0) AS total, started_at, progressed_at, problem, skipped, finished_at
      FROM backlog_checks WHERE finished_at IS NULL)
     UNION ALL
     (SELECT is_first, step, counted, NULL, started_at, progressed_at, problem, skipped, finished_at
      FROM backlog_checks WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1)`,
  );
  const runs = rows.find(({ finished_at: at }) => at === null);
  const done = rows.find(({ finished_at: at }) => at !== null);
  const counts = runs?.is_first && runs.progressed_at.getTime() > now.getTime() - STALLED_MS ? runs : null;
  return {
    counting: counts && {
      counted: counts.counted,
      total: counts.total,
      step: counts.step === 'messages' ? 'messages' : 'lists',
      since: counts.started_at.toISOString(),
    },
    checkedAt: done?.finished_at?.toISOString() ?? null,
    problem: runs?.problem ?? null,
    skipped: done?.skipped ?? 0,
  };
}

/**
 * Chatwoot does not have these conversations any more: nobody waits there, and nobody was answered. In the caller's
 * transaction. A newer account of one, after a restore there, brings it back.
 * @param keys of conversations that Chatwoot answered 404 to
 */
export async function markGone(
  client: pg.ClientBase,
  config: Pick<Config, 'SLA_FIRST_RESPONSE'>,
  keys: readonly string[],
  now: Date,
): Promise<void> {
  await lockConversations(client, keys);
  await client.query(
    `UPDATE waits w SET ended_at = $2::timestamptz + ${CHATWOOT_AHEAD}, gone = true FROM conversations c
     WHERE w.key = ANY($1::text[]) AND c.key = w.key AND c.waiting_since = w.since`,
    [keys, now],
  );
  await client.query(
    'UPDATE conversations SET gone_at = $2 WHERE key = ANY($1::text[]) AND gone_at IS NULL',
    [keys, now],
  );
  await recomputeWaits(client, keys, config.SLA_FIRST_RESPONSE / 1000);
}

/** Who is no agent of the account any more has no conversations: Chatwoot takes them away without saying so. */
export async function forgetAgents(
  db: pg.ClientBase | pg.Pool,
  known: readonly ChatwootAgent[],
): Promise<void> {
  await db.query(
    `UPDATE conversations SET assignee_id = NULL, assignee_kind = NULL, assignee_name = NULL
     WHERE assignee_kind = 'agent' AND assignee_id <> ALL($1::bigint[])`,
    [known.map(({ id }) => id)],
  );
}
