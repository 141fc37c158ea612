import { percentileOf } from '../../facts/percentile.ts';
import type { BucketCounts, OverviewFigures } from '../figures.ts';
import { successRatio, sum } from '../judge-figures.ts';
import type { TrendPoint } from '../overview-view.ts';

/** Minutes of a point: 30 points an hour. */
const MINUTES_A_POINT = 2;

type Measure = (buckets: readonly BucketCounts[]) => number | null;

/**
 * The last hour in 30 points.
 * @param measure value of the buckets of a point; null where it says nothing
 * @param countsFrom values before this moment are unknown although they count zero
 */
export function trendOf(
  hour: readonly BucketCounts[],
  measure: Measure,
  countsFrom: Date | null = null,
): TrendPoint[] {
  const points: TrendPoint[] = [];
  for (let index = 0; index < hour.length; index += MINUTES_A_POINT) {
    const buckets = hour.slice(index, index + MINUTES_A_POINT);
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
 * How many were pending at the end of each point, worked back from how many are now by what came and went since.
 * Deliveries that a replay made pending again are not in those counts, so before its end it is unknown.
 */
export function backlogTrend({ hour, backlog, measuredSince, lastReplayAt }: OverviewFigures): TrendPoint[] {
  const knownFrom = Math.max(measuredSince?.getTime() ?? Infinity, lastReplayAt?.getTime() ?? 0);
  let pending = backlog.pending;
  return trendOf(
    hour,
    (buckets) =>
      sum(buckets, 'accepted') + sum(buckets, 'fetched') - sum(buckets, 'delivered') - sum(buckets, 'dead'),
  )
    .toReversed()
    .map(({ at, value }) => {
      const atEnd = pending;
      pending -= value ?? 0;
      const known = Date.parse(at) + MINUTES_A_POINT * 60_000 > knownFrom;
      return { at, value: known ? Math.max(atEnd, 0) : null };
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
