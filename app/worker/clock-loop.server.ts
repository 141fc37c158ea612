import type { Services } from '../lib/services.server.ts';
import type { Config } from '../lib/settings/config.ts';
import { startPeriodicLoop } from './background-loop.server.ts';
import type { Loop } from './delivery-loop.server.ts';

const TICK_MS = 1000;
/** How often stored times are looked at although nobody saw the clock being set, ms: it may have been while no process ran. */
const LOOK_MS = 30_000;

/**
 * When the database's clock is set back, what was stored before is ahead of it: retries, health checks, marks of when something
 * was looked at, and heartbeats of the dead would hold everything up until it has caught up. They count as now instead.
 */
export function startClockLoop({ config, db, log }: Services): Loop {
  const times = storedTimes(config);
  let lookedAt = -Infinity;
  return startPeriodicLoop({ name: 'clock', everyMs: TICK_MS, db, log }, async () => {
    const startedAt = performance.now();
    const wasSet = db.clock.setAt() > lookedAt;
    if (!wasSet && startedAt - lookedAt < LOOK_MS) return false;
    const { rows } = await db.pool.query<{ n: number }>(findAhead(times, wasSet));
    for (const { n } of rows) await db.pool.query(makeNow(times[n]!, wasSet));
    const found = rows.map(({ n }) => `${times[n]!.table}.${times[n]!.column}`);
    if (await forgetJobsAhead(db.pool)) found.push('pgboss');
    if (found.length > 0) {
      log.warn(
        { times: found },
        "times were ahead of the database's clock, which was set back; they count as now",
      );
    }
    lookedAt = startedAt;
    return false;
  });
}

/**
 * The scheduler marks when it looked last and which minutes have had their job: ahead, they would keep it from every job until the
 * clock has caught up. Jobs are only calls to look, so that those of the time ahead may go.
 * @returns whether there were any
 */
async function forgetJobsAhead(pool: Services['db']['pool']): Promise<boolean> {
  const there = await pool.query("SELECT FROM pg_tables WHERE (schemaname, tablename) = ('pgboss', 'job')");
  if (there.rowCount === 0) return false;
  const { rows } = await pool.query<{ n: number }>(
    `WITH looked AS (
       UPDATE pgboss.version SET cron_on = NULL, bam_on = NULL, flow_on = NULL
       WHERE GREATEST(cron_on, bam_on, flow_on) > ${LIMIT} RETURNING 1
     ), counted AS (
       UPDATE pgboss.queue SET monitor_on = NULL, monitor_claim_on = NULL
       WHERE GREATEST(monitor_on, monitor_claim_on) > ${LIMIT} RETURNING 1
     ), jobs AS (
       DELETE FROM pgboss.job WHERE created_on > ${LIMIT} RETURNING 1
     )
     SELECT (SELECT count(*) FROM looked) + (SELECT count(*) FROM counted) + (SELECT count(*) FROM jobs) AS n`,
  );
  return rows[0]!.n > 0;
}

/** A time that is stored so that something happens later, or not again too soon. */
interface StoredTime {
  table: string;
  column: string;
  /** How far ahead it may rightly be, ms; 0: it is when something was, which cannot be ahead. */
  longestMs: number;
  /** Which rows, as SQL; all when left out. */
  where?: string;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

const was = (table: string, columns: readonly string[], where?: string): StoredTime[] =>
  columns.map((column) => ({ table, column, longestMs: 0, ...(where && { where }) }));

/**
 * Every stored time that holds something up while it is ahead of the database's clock: what is due, and marks of when something
 * was done, from which it is reckoned when it may be done again or who is alive. Times that only tell what happened stay.
 */
function storedTimes(config: Config): StoredTime[] {
  const {
    CHATWOOT_WEBHOOK_BASE_DELAY_MS: base,
    CHATWOOT_WEBHOOK_BACKOFF_FACTOR: factor,
    CHATWOOT_WEBHOOK_MAX_ATTEMPTS: attempts,
  } = config;
  const retry = Math.max(base * factor ** Math.max(0, attempts - 2) * 1.2, config.WEBHOOK_RETRY_AFTER_MAX_MS);
  const check = Math.max(config.HEALTH_CHECK_INTERVAL, config.HEALTH_CONFIRM_INTERVAL);
  const open = "status IN ('open', 'acknowledged')";
  return [
    ...was('processes', ['last_seen', 'started_at']),
    ...was('deliveries', ['due_at'], "state = 'pending' AND last_attempt_at IS NULL"),
    {
      table: 'deliveries',
      column: 'due_at',
      longestMs: retry,
      where: "state = 'pending' AND last_attempt_at IS NOT NULL",
    },
    { table: 'delivery_holds', column: 'until', longestMs: 20 * SECOND_MS },
    { table: 'breakers', column: 'next_probe_at', longestMs: config.BREAKER_COOLDOWN_MAX_MS },
    ...was('breakers', ['since', 'opened_at', 'closed_at']),
    { table: 'health_clock', column: 'due_at', longestMs: check },
    ...was('health_components', ['since', 'first_failed_at', 'last_ok_at', 'checked_at']),
    ...was('alerts', ['since', 'first_bad_at', 'ok_since', 'evaluated_at', 'counted_at']),
    ...was('incidents', ['started_at', 'opened_at', 'acknowledged_at', 'recovered_at'], open),
    { table: 'notifications', column: 'due_at', longestMs: 61 * MINUTE_MS, where: "state = 'queued'" },
    ...was('notifications', ['created_at'], "state = 'queued'"),
    { table: 'fallback_actions', column: 'due_at', longestMs: 2 * MINUTE_MS, where: "state = 'waiting'" },
    {
      table: 'manual_tickets',
      column: 'merge_due_at',
      longestMs: 10 * MINUTE_MS,
      where: "merge_state = 'waiting'",
    },
    { table: 'canary_runs', column: 'due_at', longestMs: MINUTE_MS, where: "state <> 'done'" },
    ...was('canary_runs', ['started_at', 'step_started_at'], "state <> 'done'"),
    { table: 'arrival_watch', column: 'due_at', longestMs: 2 * MINUTE_MS },
    ...was('arrival_watch', [
      'expect_since',
      'looked_at',
      'failing_since',
      'registration_at',
      'registration_bad_since',
    ]),
    ...was('reconciliations', ['since', 'until', 'started_at', 'finished_at']),
    ...was('backlog_checks', ['started_at', 'progressed_at', 'finished_at']),
    ...was('backlog_projection', ['caught_up_at', 'listed_at', 'policies_at']),
    ...was('inbox_list', ['listed_at', 'tried_at']),
    ...was('chatwoot_clock', ['measured_at']),
    ...was('replays', ['ticked_at'], 'finished_at IS NULL'),
    { table: 'access_limits', column: 'window_ends', longestMs: 60 * MINUTE_MS },
  ];
}

/** A process's clock reading of the database's, and rounding, may be off by so much, ms. */
const SLACK_MS = 2 * SECOND_MS;
const LIMIT = `now() + interval '${SLACK_MS} ms'`;

/**
 * @param wasSet the clock was found to have been set a moment ago: then whatever is due later counts as due, because nobody can
 * tell by which clock it was reckoned
 */
const ahead = ({ column, longestMs, where = 'true' }: StoredTime, wasSet: boolean) =>
  `${column} > now() + interval '${(wasSet ? 0 : longestMs) + SLACK_MS} ms' AND ${where}`;

/** @returns a statement that tells, by `n`, which of them are ahead in some row */
function findAhead(times: readonly StoredTime[], wasSet: boolean): string {
  return times
    .map(
      (time, n) => `SELECT ${n} AS n WHERE EXISTS (SELECT FROM ${time.table} WHERE ${ahead(time, wasSet)})`,
    )
    .join(' UNION ALL ');
}

/** @returns a statement that makes such a time now */
function makeNow(time: StoredTime, wasSet: boolean): string {
  return `UPDATE ${time.table} SET ${time.column} = now() WHERE ${ahead(time, wasSet)}`;
}
