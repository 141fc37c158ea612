/** `2026-11-23 05:12:07 UTC` */
export function formatUtc(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `05:12 UTC` */
export function formatUtcClock(iso: string): string {
  return `${new Date(iso).toISOString().slice(11, 16)} UTC`;
}

/** `05:12:07`, where the page says that times are UTC. */
export function formatUtcSeconds(iso: string): string {
  return new Date(iso).toISOString().slice(11, 19);
}

/** How long one request took: `850 ms`, `2.5 s`, `10 s`. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  return seconds < 10 && !Number.isInteger(seconds) ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}
