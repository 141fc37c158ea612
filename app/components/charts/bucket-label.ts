import type { Range } from '../../features/overview/overview.ts';

/** Beginning of a bucket in UTC, as short as the range allows: `05:12`, `Nov 23 05:10`. */
export function bucketLabel(iso: string, range: Range): string {
  const at = new Date(iso);
  const clock = at.toISOString().slice(11, 16);
  if (range !== '7d') return clock;
  const day = at.toLocaleDateString('en-US', { month: 'short', day: 'numeric', timeZone: 'UTC' });
  return `${day} ${clock}`;
}
