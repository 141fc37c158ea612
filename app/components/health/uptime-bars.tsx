import type { UptimeDay } from '../../features/health/health-view.ts';
import { countText, percentText } from '../../features/overview/words.ts';
import { dayLevel } from '../../features/overview/day-levels.ts';
import { DAY_CLASSES } from '../day-bars.tsx';
import { dayText } from './health-words.ts';

interface UptimeBarsProps {
  label: string;
  days: UptimeDay[];
  uptimeRatio: number | null;
}

/** A bar for each day; what the colours say is told in a sentence and in the list of days with failures. */
export function UptimeBars({ label, days, uptimeRatio }: UptimeBarsProps) {
  const bad = days.filter(({ failed }) => failed > 0);
  return (
    <div className="oc-uptime">
      <p>
        {uptimeRatio === null
          ? 'No check is on record yet.'
          : `${percentText(uptimeRatio)} of the checks on record were answered. ${
              bad.length === 0 ? 'None failed.' : `Checks failed on ${countText(bad.length, 'day')}.`
            }`}
      </p>
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
