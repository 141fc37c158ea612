import type { Figures } from './figures.ts';
import type { Verdict } from './overview.ts';

/** One thing that may be so; null when it is not. */
export type VerdictRule = (figures: Figures, now: Date) => Verdict | null;

export const isoOrNull = (at: Date | null) => at?.toISOString() ?? null;
