import type pg from 'pg';
import { inTransaction, isDatabaseAway } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { insertUpdate } from '../publish-update.server.ts';
import { nextOf, occurrencesOf, type Series } from './occurrences.ts';

/** So far ahead its times are announced; the next one always, ms. */
const DAY_MS = 86_400_000;
const AHEAD_MS = 7 * DAY_MS;

interface SeriesRow extends Series {
  title: string;
  text: string;
  components: object;
  author: string;
  plannedTo: Date;
  /** A time of it is announced already. */
  planned: boolean;
}

/**
 * Announces the next times of what comes again. Subscribers heard of the first one: the others are on the page and in the feeds.
 * @throws after all were looked at, when one could not be planned
 */
export async function tickSeries({ db, changes, log }: Services, now: Date): Promise<void> {
  const { rows } = await db.pool.query<{ id: number }>({
    name: 'status-series-due',
    text: `SELECT s.id FROM status_series s WHERE s.ended_at IS NULL AND (s.planned_to < $1 OR NOT EXISTS (
      SELECT FROM status_notices n WHERE n.series_id = s.id AND n.began_at > $2))`,
    values: [new Date(now.getTime() + AHEAD_MS - DAY_MS), now],
  });
  const failed: { id: number; error: unknown }[] = [];
  for (const { id } of rows) {
    try {
      await inTransaction(db.pool, (client) => planSeries(client, id, now));
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      failed.push({ id, error });
      log.error({ series: id, problem: String(error) }, 'maintenance that comes again cannot be planned');
    }
  }
  if (rows.length > failed.length) changes.announce('page');
  if (failed[0])
    throw new Error(
      `Planned maintenance ${failed.map(({ id }) => id).join(', ')}: ${String(failed[0].error)}`,
    );
}

/**
 * Puts the times of a series that are near, and always the next one, into notices, once each. Of what would have been while
 * nothing ran nothing is announced afterwards; a series without a further time is over.
 * @returns the numbers of the new notices with their updates, the earliest first
 */
export async function planSeries(
  client: pg.PoolClient,
  id: number,
  now: Date,
): Promise<{ noticeId: number; updateId: number }[]> {
  // Locked before it is read: a statement that waits for the lock sees the series anew, but its notices as they were before.
  await client.query('SELECT FROM status_series WHERE id = $1 FOR UPDATE', [id]);
  const { rows } = await client.query<SeriesRow>(
    `SELECT s.title, s.text, s.components, s.starts, s.zone, s.rule, s.minutes, s.author, s.planned_to AS "plannedTo",
       EXISTS (SELECT FROM status_notices n WHERE n.series_id = s.id AND n.began_at > $2) AS planned
     FROM status_series s WHERE s.id = $1 AND s.ended_at IS NULL`,
    [id, now],
  );
  const [series] = rows;
  if (!series) return [];
  const until = new Date(now.getTime() + AHEAD_MS);
  const after = new Date(Math.max(series.plannedTo.getTime(), now.getTime()));
  const near = occurrencesOf(series, after, until);
  const next = near.length > 0 || series.planned ? null : nextOf(series, after);
  const times = next ? [next] : near;
  const added = [];
  for (const { from, to } of times) {
    const inserted = await client.query<{ id: number }>(
      `INSERT INTO status_notices (kind, title, components, began_at, ends_at, created_at, series_id)
       VALUES ('maintenance', $1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
      [series.title, storableJson(series.components), from, to, now, id],
    );
    for (const { id: noticeId } of inserted.rows) {
      const update = { noticeId, state: 'scheduled', text: series.text, author: series.author, now };
      added.push({ noticeId, updateId: await insertUpdate(client, update) });
    }
  }
  const isOver = times.length === 0 && !series.planned;
  await client.query(
    'UPDATE status_series SET planned_to = GREATEST(planned_to, $2, $3), ended_at = CASE WHEN $4 THEN $5::timestamptz END WHERE id = $1',
    [id, until, times.at(-1)?.from ?? until, isOver, now],
  );
  return added;
}

/** What comes again and was not ended. */
export async function readSeries(
  pool: pg.Pool,
): Promise<{ id: number; title: string; rule: string; zone: string; starts: string }[]> {
  const { rows } = await pool.query<{
    id: number;
    title: string;
    rule: string;
    zone: string;
    starts: string;
  }>('SELECT id, title, rule, zone, starts FROM status_series WHERE ended_at IS NULL ORDER BY id LIMIT 100');
  return rows;
}
