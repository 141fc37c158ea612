const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A moment that somebody names: `30m`, `2h` or `3d` before now, or a time such as `2026-11-23T05:00Z`; without a zone it is UTC.
 * @returns null when it is neither, or not in the past
 */
export function parseSince(text: string, now: Date): Date | null {
  const [, amount, unit] = /^(\d{1,5})\s?([mhd])$/.exec(text.trim()) ?? [];
  if (amount && unit) return new Date(now.getTime() - Number(amount) * UNITS[unit as keyof typeof UNITS]);
  const iso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text.trim());
  if (!iso) return null;
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text.trim()) && text.includes(':');
  const at = new Date(`${text.trim().replace(' ', 'T')}${hasZone || !text.includes(':') ? '' : 'Z'}`);
  return Number.isFinite(at.getTime()) && at < now ? at : null;
}
