import { lazy, Suspense } from 'react';
import type { DelayPoint } from '../../../features/overview/arrival-card.ts';
import { numberText } from '../../../lib/words.ts';
import { ChartBoundary } from '../../chart-boundary.tsx';
import { spanWords } from '../../../lib/time-words.ts';
import { Moment, useZone } from '../../time.tsx';
import { useHydrated } from '../../layout/browser.ts';

// recharts is about 110 KB of gzip: it comes after everything else, and only in the browser.
const DelayChart = lazy(() => import('./delay-chart.tsx'));

export interface DelayProps {
  /** The time that is shown, ms since the epoch. */
  span: { from: number; to: number };
  /** Of the times in which messages came, oldest first. */
  delays: DelayPoint[];
  /** From which on it is a warning and an incident, ms. */
  thresholds: { warningMs: number; alarmMs: number };
}

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
