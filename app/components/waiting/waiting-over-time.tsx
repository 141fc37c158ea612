import { Link } from '@remix-run/react';
import { lazy, Suspense } from 'react';
import {
  WAITING_RANGES,
  type WaitingListWish,
  type WaitingRange,
  type WaitingSample,
  waitingUrl,
} from '../../features/waiting/waiting-view.ts';
import { numberText } from '../../lib/words.ts';
import { ChartBoundary } from '../chart-parts.tsx';
import { Section } from '../layout/page.tsx';
import { useHydrated } from '../layout/browser.ts';
import { Moment, useZone } from '../time.tsx';

// recharts is about 110 KB of gzip: it comes after everything else, and only in the browser.
const WaitingChart = lazy(() => import('./waiting-chart.tsx'));

interface WaitingOverTimeProps {
  wish: WaitingListWish;
  range: WaitingRange;
  samples: WaitingSample[];
}

/** How many waited, drawn and as a table; a time that was not measured is a gap. */
export function WaitingOverTime({ wish, range, samples }: WaitingOverTimeProps) {
  const hydrated = useHydrated();
  const zone = useZone();
  const measured = samples.filter(({ waiting }) => waiting !== null);
  const room = <div className="oc-latency-room" />;
  return (
    <Section
      id="over-time"
      title="Waiting over time"
      side={
        <nav className="oc-tabs" aria-label="Range of the chart">
          {(Object.keys(WAITING_RANGES) as WaitingRange[]).map((one) => (
            <Link
              key={one}
              to={waitingUrl({ ...wish, range: one }, 'over-time')}
              preventScrollReset
              aria-current={one === range ? 'page' : undefined}
            >
              {WAITING_RANGES[one].words}
            </Link>
          ))}
        </nav>
      }
    >
      {measured.length < 2 ? (
        <p className="oc-empty">
          {measured.length === 0 ? (
            'Nothing was measured in this time. That is neither good nor bad.'
          ) : (
            <>
              Measured once so far: {numberText(measured[0]!.waiting!)} waited at{' '}
              <Moment at={measured[0]!.at} form="minute" />. A line needs a second time.
            </>
          )}
        </p>
      ) : (
        <>
          {hydrated ? (
            <ChartBoundary>
              <Suspense fallback={room}>
                <WaitingChart samples={samples} withDay={range === '7d'} />
              </Suspense>
            </ChartBoundary>
          ) : (
            <>
              <noscript>
                <p className="oc-hint">The chart needs JavaScript; the table has the same numbers.</p>
              </noscript>
              <div className="oc-js">{room}</div>
            </>
          )}
          <details className="oc-details">
            <summary>Show these numbers as a table</summary>
            <div className="oc-scroll" tabIndex={0} role="region" aria-label="Waiting over time, numbers">
              <table className="oc-table">
                <thead>
                  <tr>
                    <th scope="col">From ({zone})</th>
                    <th scope="col">Waiting</th>
                    <th scope="col">Past the target</th>
                  </tr>
                </thead>
                <tbody>
                  {measured.toReversed().map(({ at, waiting, breached }) => (
                    <tr key={at}>
                      <th scope="row">
                        <Moment at={at} form="minute" bare />
                      </th>
                      <td>{numberText(waiting ?? 0)}</td>
                      <td>{numberText(breached ?? 0)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </details>
        </>
      )}
    </Section>
  );
}
