/** @param of 0 to 1 @returns the value below which that part of the values lies (nearest rank) */
export function quantile(values: ArrayLike<number>, of: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(of * sorted.length) - 1))]!;
}

export const median = (values: readonly number[]): number => {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Ratio of each round, then the median: two neighbours in time see the same noise of the machine. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / theirs[round]!));
}

/**
 * Measures several sides by turns, so that a slow minute of the machine meets them all.
 * @param sides each measures one round and returns its figure
 * @returns the figures of each side, one a round
 */
export async function byTurns<Side extends string>(
  rounds: number,
  sides: Record<Side, (round: number) => Promise<number>>,
): Promise<Record<Side, number[]>> {
  const names = Object.keys(sides) as Side[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Side, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    // Who goes first changes, so that nobody always follows the same neighbour.
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) {
      figures[name].push(await sides[name](round));
      process.stderr.write(`  ${name}, round ${round + 1}: ${Math.round(figures[name].at(-1)!)}\n`);
    }
  }
  return figures;
}
