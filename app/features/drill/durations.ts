import type { DrillMarks, DrillSummary } from './drill-view.ts';

/** How long each part of a drill took. Times are by the drill's clock, ms; null: it did not happen. */
export interface Durations {
  /** From the beginning of the outage to the incident. */
  detection: number | null;
  /** From the beginning to somebody saying that they are on it. */
  acknowledgement: number | null;
  /** From the beginning to the first text for customers. */
  publicText: number | null;
  /** From the beginning to fallback mode. */
  fallback: number | null;
  /** From the beginning to the last alert being over. */
  recovery: number | null;
}

export const MEASURED = ['detection', 'acknowledgement', 'publicText', 'fallback', 'recovery'] as const;
export type Measured = (typeof MEASURED)[number];

/** The durations of a drill. */
export function durationsOf(drill: DrillMarks & { speed: number }): Durations {
  const { brokenAt, speed } = drill;
  const since = (at: string | null) =>
    brokenAt === null || at === null ? null : Math.max(0, Date.parse(at) - Date.parse(brokenAt)) * speed;
  return {
    detection: since(drill.detectedAt),
    acknowledgement: since(drill.acknowledgedAt),
    publicText: since(drill.publishedAt),
    fallback: since(drill.fallbackAt),
    recovery: since(drill.recoveredAt),
  };
}

/** Customers are to be told within this time of the check that opened the incident, ms. */
export const PUBLIC_TEXT_MS = 2 * 60_000;

/**
 * From the check that opened the incident to the first text for customers, ms by our clock: nothing is waited for in
 * between but people, and they do not get faster with the drill's. Null: not noticed, or not published.
 */
export function publicTextAfter({ detectedAt, publishedAt }: DrillMarks): number | null {
  if (detectedAt === null || publishedAt === null) return null;
  return Math.max(0, Date.parse(publishedAt) - Date.parse(detectedAt));
}

/** How a duration compares with the same of earlier drills. */
export interface Comparison {
  /** Of how many earlier drills. */
  of: number;
  /** Their median, ms by the drill's clock. */
  median: number;
  /** Positive: slower than the median. */
  differenceMs: number;
}

/**
 * Compares a drill with the earlier ones of the same scenario that were carried through at the same speed: people do not
 * get faster with the clock, so other speeds say nothing. Null: there is nothing to compare.
 */
export function compareWith(
  drill: DrillSummary,
  others: readonly DrillSummary[],
  measured: Measured,
): Comparison | null {
  const own = durationsOf(drill)[measured];
  if (own === null) return null;
  const earlier = others
    .filter(
      ({ id, scenario, speed, state }) =>
        id < drill.id && scenario === drill.scenario && speed === drill.speed && state === 'done',
    )
    .map((other) => durationsOf(other)[measured])
    .filter((ms) => ms !== null)
    .sort((a, b) => a - b);
  if (earlier.length === 0) return null;
  const middle = Math.floor(earlier.length / 2);
  const median = earlier.length % 2 === 1 ? earlier[middle]! : (earlier[middle - 1]! + earlier[middle]!) / 2;
  return { of: earlier.length, median, differenceMs: own - median };
}
