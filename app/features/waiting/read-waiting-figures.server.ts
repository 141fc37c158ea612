import type pg from 'pg';
import type { ReadServices } from '../../lib/database/queryable.server.ts';
import { chatwootNow } from '../../lib/chatwoot/clock.server.ts';
import { readWaitingByHand } from '../tickets/hand-waits.server.ts';
import { readCheck } from './check/check-row.server.ts';
import { UNTOLD } from './fill-replies.server.ts';
import type { Forecast, WaitingCheck, WaitingFigures } from './waiting-view.ts';

const HOUR_MS = 3_600_000;
/** A projection that is behind by more than this does not know who waits now. */
const STALE_MS = 60_000;
/** Due times read for the forecast. */
const MOST_DUE = 20_000;

/**
 * How many wait, since when, and what is to come. One snapshot of a few indexes.
 * @param now the time that "breached" and "the last hour" are measured from
 */
export async function readWaitingFigures({ db, config }: ReadServices, now: Date): Promise<WaitingFigures> {
  // Waits bear Chatwoot's times.
  const there = await chatwootNow(db.pool, now);
  const aheadMs = there.getTime() - now.getTime();
  const hourAgo = new Date(there.getTime() - HOUR_MS);
  const { rows } = await db.pool.query<{
    caught_up_at: Date | null;
    waiting: number;
    unassigned: number;
    breached: number;
    oldest: Date | null;
    due: string[] | null;
    answered: number;
    average: number | null;
    began: number;
    machines: number;
    untold: number;
    gone: number;
  }>(
    `SELECT (SELECT caught_up_at FROM backlog_projection) AS caught_up_at, w.*, a.*,
       (SELECT count(*) FROM waits WHERE since > $2 AND since <= $1) AS began,
       (SELECT count(*) FROM conversations WHERE machine_since IS NOT NULL) AS machines,
       (SELECT count(*) FROM conversations c WHERE ${UNTOLD}) AS untold,
       (SELECT count(*) FROM waits WHERE gone AND ended_at > $1::timestamptz - interval '1 day') AS gone
     FROM (
       SELECT count(*) AS waiting, count(*) FILTER (WHERE assignee_id IS NULL OR assignee_kind = 'bot') AS unassigned,
         count(*) FILTER (WHERE due_at < $1) AS breached, min(waiting_since) AS oldest,
         (array_agg((extract(epoch FROM due_at) * 1000)::bigint ORDER BY due_at))[1:${MOST_DUE}]::text[] AS due
       FROM conversations WHERE waiting_since IS NOT NULL
     ) w, (
       SELECT count(*) AS answered, avg(extract(epoch FROM answered_at - since))::float8 AS average
       FROM waits WHERE answered_at > $2 AND answered_at <= $1
     ) a`,
    [there, hourAgo],
  );
  const row = rows[0]!;
  const byHand = await readWaitingByHand(db.pool, config.SLA_FIRST_RESPONSE, now);
  const targetSeconds = config.SLA_FIRST_RESPONSE / 1000;
  const asOf = row.caught_up_at?.toISOString() ?? null;
  const check = await readCheck(db.pool, now);
  const { gone } = row;
  const known = isKnown(row.caught_up_at, check, now);
  if (!known)
    return {
      known,
      asOf,
      waiting: null,
      unassigned: null,
      breached: null,
      oldestSince: null,
      averageResponseSeconds: null,
      answeredLastHour: null,
      forecast: null,
      machines: null,
      untold: check.counting ? row.untold : null,
      gone,
      check,
      byHand,
      targetSeconds,
    };
  return {
    known,
    asOf,
    waiting: row.waiting,
    unassigned: row.unassigned,
    breached: row.breached,
    oldestSince: row.oldest ? new Date(row.oldest.getTime() - aheadMs).toISOString() : null,
    averageResponseSeconds: row.average === null ? null : Math.round(row.average),
    answeredLastHour: row.answered,
    forecast: forecastBreaches({
      dueAt: (row.due ?? []).map(Number),
      answersPerHour: row.answered,
      arrivalsPerHour: row.began,
      targetMs: config.SLA_FIRST_RESPONSE,
      now: there.getTime(),
    }),
    machines: row.machines,
    untold: row.untold,
    gone,
    check,
    byHand,
    targetSeconds,
  };
}

/** Whether who waits is known: what was there before is counted, and reading the webhooks is not behind. */
const isKnown = (caughtUpAt: Date | null, { counting }: WaitingCheck, now: Date): boolean =>
  counting === null && caughtUpAt !== null && caughtUpAt.getTime() > now.getTime() - STALE_MS;

/**
 * The same of one conversation. One that nothing was heard of, or of which it is not known who wrote last, is not known; and
 * none is while Chatwoot cannot be asked whether a webhook is missing.
 * @returns `asOf`: up to when the webhooks were read, ISO; null: not one yet
 */
export async function readWaitingKnown(
  pool: pg.Pool,
  key: string,
  now: Date,
): Promise<{ known: boolean; asOf: string | null }> {
  const { rows } = await pool.query<{ caught_up_at: Date | null; told: boolean }>(
    `SELECT (SELECT caught_up_at FROM backlog_projection) AS caught_up_at,
       EXISTS (SELECT FROM conversations c WHERE c.key = $1 AND (${UNTOLD}) IS NOT TRUE) AS told`,
    [key],
  );
  const { caught_up_at: caughtUpAt, told } = rows[0]!;
  const check = await readCheck(pool, now);
  return {
    known: told && check.problem === null && isKnown(caughtUpAt, check, now),
    asOf: caughtUpAt?.toISOString() ?? null,
  };
}

/** Customers looked at in the simulation; beyond it the answer is "many" anyway. */
const MOST = 20_000;

/**
 * Breaches of the next hour, two ways. At the present pace: those who wait, and those who will write evenly at the rate of
 * the last hour, are answered one after the other, the most urgent first.
 * @param input.dueAt of those who wait, unix ms, any order; those breached already are answered too, and not counted again
 * @param input.answersPerHour 0: nobody answered in the last hour, so there is no pace to go by
 */
function forecastBreaches(input: {
  dueAt: readonly number[];
  answersPerHour: number;
  arrivalsPerHour: number;
  targetMs: number;
  now: number;
}): Forecast {
  const { answersPerHour, arrivalsPerHour, targetMs, now } = input;
  const dueAt = [...input.dueAt].sort((a, b) => a - b).slice(0, MOST);
  const end = now + HOUR_MS;
  const inHour = (due: number) => due > now && due <= end;
  const ifNobodyAnswers = dueAt.filter(inHour).length;
  if (answersPerHour <= 0) return { ifNobodyAnswers, atPresentPace: null };
  const gap = HOUR_MS / answersPerHour;
  // Who writes later than this cannot breach within the hour.
  const arriving = Math.min(MOST, Math.floor(Math.max(0, arrivalsPerHour * (1 - targetMs / HOUR_MS))));
  const later = Array.from({ length: arriving }, (_, n) => {
    const at = now + ((n + 0.5) * HOUR_MS) / arrivalsPerHour;
    return { at, due: at + targetMs };
  });
  let free = now;
  let breaches = 0;
  for (const { at, due } of [...dueAt.map((due) => ({ at: now, due })), ...later]) {
    const answered = Math.max(free, at) + gap;
    free = answered;
    if (inHour(due) && answered > due) breaches += 1;
  }
  return { ifNobodyAnswers, atPresentPace: breaches };
}
