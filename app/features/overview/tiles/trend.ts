import { percentileOf } from '../../facts/percentile.ts';
import type { BucketCounts, OverviewFigures } from '../figures.ts';
import { successRatio, sum } from '../judge-figures.ts';
import type { TrendPoint } from '../overview-view.ts';

/** Minutes of a point that counts what happened: 30 points an hour. */
const MINUTES_A_POINT = 2;
/** Of a level, which has a value at each moment. */
const MINUTES_A_LEVEL = 1;

type Measure = (buckets: readonly BucketCounts[]) => number | null;

/**
 * The last hour in points, each with the moment at which it begins.
 * @param measure value of the buckets of a point; null where it says nothing
 * @param countsFrom values before this moment are unknown although they count zero
 */
export function trendOf(
  hour: readonly BucketCounts[],
  measure: Measure,
  countsFrom: Date | null = null,
  minutes = MINUTES_A_POINT,
): TrendPoint[] {
  const points: TrendPoint[] = [];
  for (let index = 0; index < hour.length; index += minutes) {
    const buckets = hour.slice(index, index + minutes);
    const last = buckets.at(-1)!;
    const known = countsFrom === null || last.at.getTime() + 60_000 > countsFrom.getTime();
    points.push({ at: buckets[0]!.at.toISOString(), value: known ? measure(buckets) : null });
  }
  return points;
}

/** Webhooks that came; what was fetched did not. */
export const received: Measure = (buckets) => sum(buckets, 'accepted') + sum(buckets, 'duplicates');
export const newDeadLetters: Measure = (buckets) => sum(buckets, 'dead');
/** Median time of delivered attempts, upper bound of its bucket in ms. */
export const medianMs =
  (timeoutMs: number): Measure =>
  (buckets) =>
    percentile(buckets, 0.5, timeoutMs);
export const success: Measure = (buckets) =>
  successRatio({ ok: sum(buckets, 'ok'), failed: sum(buckets, 'retried') + sum(buckets, 'failed') });

/**
 * How many were pending at the end of each minute, worked back from how many are now by what came and went since; each
 * point has the moment for which it holds. Deliveries that a replay made pending again are not in those counts, so before its end it is unknown.
 */
export function backlogTrend(
  { hour, backlog, measuredSince, lastReplayAt }: OverviewFigures,
  now: Date,
): TrendPoint[] {
  const knownFrom = Math.max(measuredSince?.getTime() ?? Infinity, lastReplayAt?.getTime() ?? 0);
  let pending = backlog.pending;
  return trendOf(
    hour,
    (buckets) =>
      sum(buckets, 'accepted') + sum(buckets, 'fetched') - sum(buckets, 'delivered') - sum(buckets, 'dead'),
    null,
    MINUTES_A_LEVEL,
  )
    .toReversed()
    .map(({ at, value: came }) => {
      const atEnd = pending;
      pending -= came ?? 0;
      const end = Date.parse(at) + MINUTES_A_LEVEL * 60_000;
      const value = end > knownFrom ? Math.max(atEnd, 0) : null;
      return { at: new Date(Math.min(end, now.getTime())).toISOString(), value };
    })
    .toReversed();
}

/**
 * Percentile of the durations of delivered attempts from their histogram.
 * @param share 0.5 for the median
 * @param timeoutMs the longest an attempt may take: upper bound of the bucket that has none
 * @returns upper bound in ms of the bucket in which it lies; null without deliveries
 */
export function percentile(
  buckets: readonly Pick<BucketCounts, 'latency'>[],
  share: number,
  timeoutMs: number,
): number | null {
  const bound = percentileOf(
    buckets.map(({ latency }) => latency),
    share,
  );
  return bound === Infinity ? timeoutMs : bound;
}
