/**
 * A time as Chatwoot writes it: unix seconds as a number (REST, `waiting_since`, with a fraction in `updated_at`), or
 * ISO 8601 (webhooks).
 * @returns null for null, 0 ("never") and whatever is neither
 */
export function chatwootTime(value: unknown): Date | null {
  const ms =
    typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  // Beyond it PostgreSQL's timestamps, and JavaScript's, end.
  return Number.isFinite(ms) && ms > 0 && ms < 8.64e15 ? new Date(Math.round(ms)) : null;
}
