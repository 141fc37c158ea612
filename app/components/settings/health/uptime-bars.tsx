import { dayLevel, type DayLevel, type UptimeDay } from '../../../features/health/health-view.ts';
import { failedDaysWords } from '../../../features/health/uptime-words.ts';
import { dayText } from './health-words.ts';

interface UptimeBarsProps {
  label: string;
  days: UptimeDay[];
}

/** A bar for each day; what the colours say is told in a sentence and in the list of days with failures. */
export function UptimeBars({ label, days }: UptimeBarsProps) {
  const words = failedDaysWords(days);
  const bad = days.filter(({ failed }) => failed > 0);
  return (
    <div className="oc-uptime">
      <p>{words === null ? 'No check is on record yet.' : `${words}.`}</p>
      <svg
        viewBox={`0 0 ${days.length * 4} 24`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: checks of the last ${days.length} days, told in the sentence above`}
      >
        {days.map((day, index) => (
          <rect
            key={day.day}
            x={index * 4}
            y={dayLevel(day) === '-' ? 18 : 0}
            width={3}
            height={dayLevel(day) === '-' ? 6 : 24}
            className={DAY_CLASSES[dayLevel(day)]}
          >
            <title>{dayText(day)}</title>
          </rect>
        ))}
      </svg>
      <p className="oc-uptime-ends" aria-hidden="true">
        <span>{days.length} days ago</span>
        <span>today</span>
      </p>
      {bad.length > 0 && (
        <details className="oc-details">
          <summary>Days with failed checks</summary>
          <ul className="oc-list">
            {bad.toReversed().map((day) => (
              <li key={day.day}>{dayText(day)}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

const DAY_CLASSES: Record<DayLevel, string> = {
  '-': 'oc-day-none',
  g: 'oc-day-good',
  s: 'oc-day-some',
  b: 'oc-day-bad',
};

/**
 * A bar for each day, oldest first, from a text of levels (health-view.ts). Decoration: what it shows is told in words
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
