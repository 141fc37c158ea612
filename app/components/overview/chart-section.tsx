import { Link, useSearchParams } from '@remix-run/react';
import { lazy, Suspense } from 'react';
import type { ChartPoint, Range } from '../../features/overview/overview-view.ts';
import { pageUrl } from './overview-url.ts';
import { Section } from '../layout/page.tsx';
import { useHydrated } from '../layout/browser.ts';
import { ChartBoundary, ChartTable } from '../chart-parts.tsx';

// recharts is about 110 KB of gzip: it comes after everything else, and only in the browser.
const Charts = lazy(() => import('./charts.tsx'));

const RANGES: [Range, string][] = [
  ['1h', '1 hour'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
];

/** Delivery over time: what became of the attempts, the share that succeeded, how long the Agent service took. */
export function ChartSection({ range, points }: { range: Range; points: ChartPoint[] }) {
  const [params] = useSearchParams();
  const hydrated = useHydrated();
  const quiet = points.every((point) => point.successRatio === null);
  return (
    <Section
      id="charts"
      title="Delivery over time"
      side={
        <nav className="oc-tabs" aria-label="Range of the charts">
          {RANGES.map(([id, words]) => (
            <Link
              key={id}
              to={pageUrl(params, { range: id === '1h' ? null : id }, 'charts')}
              preventScrollReset
              aria-current={range === id ? 'page' : undefined}
            >
              {words}
            </Link>
          ))}
        </nav>
      }
    >
      {quiet ? (
        <p className="oc-empty oc-empty-chart">
          No delivery was attempted in this time, so there is nothing to draw. That is neither good nor bad.
        </p>
      ) : (
        <>
          {hydrated ? (
            <ChartBoundary>
              <Suspense fallback={<Placeholder />}>
                <Charts range={range} points={points} />
              </Suspense>
            </ChartBoundary>
          ) : (
            <>
              <noscript>
                <p className="oc-hint">The charts need JavaScript; the table has the same numbers.</p>
              </noscript>
              <Placeholder />
            </>
          )}
          <ChartTable range={range} points={points} />
        </>
      )}
    </Section>
  );
}

/** As high as the charts, so that nothing jumps when they come. */
function Placeholder() {
  return (
    <div className="oc-charts" aria-hidden="true">
      {['Attempts by outcome', 'Delivery success', 'Time to deliver'].map((title) => (
        <div key={title} className="oc-chart">
          <p className="oc-chart-title">{title}</p>
          <div className="oc-chart-placeholder" />
        </div>
      ))}
    </div>
  );
}
