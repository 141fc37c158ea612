import { lazy, Suspense } from 'react';
import type { LatencyPoint } from '../../../features/health/health-view.ts';
import type { DelayPoint } from '../../../features/overview/arrival-card.ts';
import { formatMs, spanWords } from '../../../lib/time-words.ts';
import { numberText } from '../../../lib/words.ts';
import { timeIn } from '../../../lib/zone.ts';
import { ChartBoundary } from '../../chart-parts.tsx';
import { useHydrated } from '../../layout/browser.ts';
import { Moment, useZone } from '../../time.tsx';
import type { DelayProps, LatencyChartProps } from './health-charts.tsx';

// recharts is about 110 KB of gzip: it comes after everything else, and only in the browser.
const DelayChart = lazy(() =>
  import('./health-charts.tsx').then(({ DelayChart }) => ({ default: DelayChart })),
);

/** How long messages took to arrive, drawn with both thresholds, and as a table. */
export function DelaySection(props: DelayProps) {
  const { delays, thresholds } = props;
  const hydrated = useHydrated();
  if (delays.length === 0)
    return <p className="oc-hint">No message came in this time, so there is no delay to draw.</p>;
  if (delays.length === 1) {
    const [{ messages, p50, p95 }] = delays as [DelayPoint];
    return (
      <p className="oc-hint">
        {`From message to webhook: half within ${spanWords(p50)}, 95 % within ${spanWords(p95)}, of ${numberText(messages)} so far. A line needs a second time.`}
      </p>
    );
  }
  const room = <div className="oc-latency-room" />;
  return (
    <>
      <figure className="oc-chart" aria-hidden="true">
        <figcaption>
          <span className="oc-chart-title">From message to webhook</span>
          <span className="oc-legend">
            <Key series="p50" words="Half within" />
            <Key series="p95" words="95 % within" />
            <Key series="target" words={`Warning from ${spanWords(thresholds.warningMs)}`} />
            <Key series="alarm" words={`Incident from ${spanWords(thresholds.alarmMs)}`} />
          </span>
        </figcaption>
        {hydrated ? (
          <ChartBoundary>
            <Suspense fallback={room}>
              <DelayChart {...props} />
            </Suspense>
          </ChartBoundary>
        ) : (
          <div className="oc-js">{room}</div>
        )}
      </figure>
      <noscript>
        <p className="oc-hint">The chart needs JavaScript; the table has the same numbers.</p>
      </noscript>
      <DelayTable delays={delays} />
    </>
  );
}

function Key({ series, words }: { series: string; words: string }) {
  return (
    <span className={`oc-series-${series}`}>
      <i />
      <em>{words}</em>
    </span>
  );
}

function DelayTable({ delays }: Pick<DelayProps, 'delays'>) {
  return (
    <details className="oc-details">
      <summary>Show these numbers as a table</summary>
      <div className="oc-scroll" tabIndex={0} role="region" aria-label="From message to webhook, numbers">
        <table className="oc-table">
          <thead>
            <tr>
              <th scope="col">From ({useZone()})</th>
              <th scope="col">Messages</th>
              <th scope="col">Half within</th>
              <th scope="col">95 % within</th>
            </tr>
          </thead>
          <tbody>
            {delays.toReversed().map(({ at, messages, p50, p95 }) => (
              <tr key={at}>
                <th scope="row">
                  <Moment at={at} form="minute" bare />
                </th>
                <td>{numberText(messages)}</td>
                <td>{spanWords(p50)}</td>
                <td>{spanWords(p95)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

// recharts is about 110 KB of gzip: it comes after everything else, and only in the browser.
const LatencyChart = lazy(() =>
  import('./health-charts.tsx').then(({ LatencyChart }) => ({ default: LatencyChart })),
);

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
