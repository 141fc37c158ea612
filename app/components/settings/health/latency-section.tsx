import { lazy, Suspense } from 'react';
import type { LatencyPoint } from '../../../features/health/health-view.ts';
import { ChartBoundary } from '../../chart-boundary.tsx';
import { formatMs } from '../../../lib/words.ts';
import { timeIn } from '../../../lib/zone.ts';
import { useZone } from '../../time.tsx';
import { useHydrated } from '../../layout/browser.ts';
import type { LatencyChartProps } from './latency-chart.tsx';

// recharts is about 110 KB of gzip: it comes after everything else, and only in the browser.
const LatencyChart = lazy(() => import('./latency-chart.tsx'));

interface LatencyProps extends LatencyChartProps {
  label: string;
}

/** How long its answers took, with the incidents of that time; the same in words for those who do not see it. */
export function LatencySection({ label, span, latency, incidents }: LatencyProps) {
  const zone = useZone();
  const hydrated = useHydrated();
  if (latency.length === 0) return <p className="oc-hint">No check in this time.</p>;
  // One point is no line.
  if (latency.filter(({ ms }) => ms !== null).length < 2)
    return <p className="oc-hint">{latencyText(label, latency)}</p>;
  return (
    <figure className="oc-chart">
      <figcaption>
        <span className="oc-chart-title">Time to answer</span>
        <span className="oc-hidden">{latencyText(label, latency)}</span>
      </figcaption>
      {hydrated ? (
        <ChartBoundary>
          <Suspense fallback={<div className="oc-latency-room" />}>
            <LatencyChart span={span} latency={latency} incidents={incidents} />
          </Suspense>
        </ChartBoundary>
      ) : (
        <>
          <noscript>
            <p className="oc-hint">{latencyText(label, latency)}</p>
          </noscript>
          <div className="oc-latency-room oc-js" />
        </>
      )}
      {incidents.length > 0 && (
        <p className="oc-hint">
          Shaded:{' '}
          {incidents
            .map(
              ({ id, from, to }) =>
                `incident ${id}, ${timeIn(from, zone)} ${to ? `to ${timeIn(to, zone)}` : 'until now'}`,
            )
            .join('; ')}
          .
        </p>
      )}
    </figure>
  );
}

/** "Chatwoot answered within 12 to 84 ms, and failed in part of this time." */
export function latencyText(label: string, latency: readonly LatencyPoint[]): string {
  const measured = latency.flatMap(({ ms }) => (ms === null ? [] : [ms]));
  const failed = latency.length - measured.length;
  const failures = failed === 0 ? '' : ', and failed in part of this time';
  if (measured.length === 0) return `${label} did not answer in this time.`;
  const [least, most] = [Math.min(...measured), Math.max(...measured)];
  const times = least === most ? formatMs(most) : `${formatMs(least)} to ${formatMs(most)}`;
  return `${label} answered within ${times}${failures}.`;
}
