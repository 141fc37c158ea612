import { Component, type ReactNode } from 'react';
import type { XAxisProps } from 'recharts';
import type { ChartPoint, Range } from '../features/overview/overview-view.ts';
import { formatMs } from '../lib/time-words.ts';
import { numberText, percentText } from '../lib/words.ts';
import { bareTime } from '../lib/zone.ts';
import { useZone } from './time.tsx';

/** Charts that cannot be drawn, or whose code did not arrive, take nothing else of the page with them. */
export class ChartBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <p className="oc-empty oc-empty-chart">
        The charts could not be loaded. The table below has the same numbers; reload the page to try again.
      </p>
    );
  }
}

/** The axis of a chart over time. @param span the time that is shown, ms since the epoch */
export const timeAxis = ({ from, to }: { from: number; to: number }, zone: string): XAxisProps => ({
  dataKey: 'at',
  type: 'number',
  scale: 'time',
  domain: [from, to],
  tickFormatter: (at: number) => bareTime(at, zone, 'clock'),
  minTickGap: 36,
  tickLine: false,
  axisLine: false,
  tick: { fontSize: 11 },
  height: 22,
});

/** The charts' numbers as a table, newest first: for screen readers, for copying, and without JavaScript. */
export function ChartTable({ range, points }: { range: Range; points: ChartPoint[] }) {
  const zone = useZone();
  const measured = points.filter((point) => point.successRatio !== null).reverse();
  return (
    <details className="oc-details">
      <summary>Show these numbers as a table</summary>
      <div className="oc-scroll" tabIndex={0} role="region" aria-label="Delivery over time, numbers">
        <table className="oc-table">
          <thead>
            <tr>
              <th scope="col">From ({zone})</th>
              <th scope="col">Delivered</th>
              <th scope="col">Failed, tried again</th>
              <th scope="col">Rejected</th>
              <th scope="col">Success</th>
              <th scope="col">Half within</th>
              <th scope="col">95 % within</th>
            </tr>
          </thead>
          <tbody>
            {measured.map((point) => (
              <tr key={point.at}>
                <th scope="row">{bucketLabel(point.at, range, zone)}</th>
                <td>{numberText(point.delivered)}</td>
                <td>{numberText(point.retried)}</td>
                <td>{numberText(point.failed)}</td>
                <td>{point.successRatio === null ? '–' : percentText(point.successRatio)}</td>
                <td>{latency(point.p50)}</td>
                <td>{latency(point.p95)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Latencies are upper bounds of buckets, so "within". */
const latency = (ms: number | null) => (ms === null ? '–' : formatMs(ms));

/** Beginning of a bucket, as short as the range allows: `05:12`, `Nov 23 05:10`. */
export function bucketLabel(iso: string, range: Range, zone: string): string {
  const clock = bareTime(iso, zone, 'clock');
  if (range !== '7d') return clock;
  const day = new Date(iso).toLocaleDateString('en-US', { month: 'short', day: 'numeric', timeZone: zone });
  return `${day} ${clock}`;
}
