/** Label of what is over the largest bound. */
const OVERFLOW = 'inf';

/**
 * Percentile from histograms whose labels are upper bounds in ms; other labels than `inf` that are no number are left out.
 * @param share 0.5 for the median
 * @returns the upper bound of the bucket in which it lies, Infinity over the largest; null when nothing was counted
 */
export function percentileOf(
  histograms: readonly Readonly<Record<string, number>>[],
  share: number,
): number | null {
  const counts = new Map<number, number>();
  let total = 0;
  for (const histogram of histograms)
    for (const [label, n] of Object.entries(histogram)) {
      const bound = label === OVERFLOW ? Infinity : Number(label);
      if (Number.isNaN(bound)) continue;
      counts.set(bound, (counts.get(bound) ?? 0) + n);
      total += n;
    }
  let seen = 0;
  for (const bound of [...counts.keys()].sort((a, b) => a - b)) {
    seen += counts.get(bound)!;
    if (total > 0 && seen >= share * total) return bound;
  }
  return null;
}
