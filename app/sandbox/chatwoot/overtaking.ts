import { between, type Random } from '../random.ts';

/** One webhook in so many is late. */
const LATE_SHARE = 0.15;

/**
 * How much later than its turn a webhook is sent, ms. Measured on a running 4.15.1, whose Sidekiq sends with ten threads:
 * of those that arrived after a later one of their conversation half were at most 30 ms late, 95 % at most 220 ms, the
 * latest 0.95 s.
 */
export function lateness(random: Random): number {
  if (random() >= LATE_SHARE) return 0;
  const rank = random();
  if (rank < 0.5) return between(random, 1, 30);
  return rank < 0.95 ? between(random, 30, 220) : between(random, 220, 950);
}
