import type { DayLevel } from '../features/overview/day-levels.ts';

export const DAY_CLASSES: Record<DayLevel, string> = {
  '-': 'oc-day-none',
  g: 'oc-day-good',
  s: 'oc-day-some',
  b: 'oc-day-bad',
};

/**
 * A bar for each day, oldest first, from a text of levels (day-levels.ts). Decoration: what it shows is told in words
 * beside it, and day by day on the page of health.
 */
export function DayBars({ levels }: { levels: string | null }) {
  if (levels === null) return <div className="oc-trend" aria-hidden="true" />;
  return (
    <svg
      className="oc-trend"
      viewBox={`0 0 ${levels.length * 4} 28`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {[...levels].map((level, day) => (
        <rect
          key={day}
          x={day * 4}
          y={level === '-' ? 22 : 4}
          width={3}
          height={level === '-' ? 4 : 22}
          className={DAY_CLASSES[level as DayLevel]}
        />
      ))}
    </svg>
  );
}
