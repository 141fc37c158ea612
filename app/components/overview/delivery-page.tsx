import { Link, useSearchParams } from '@remix-run/react';
import { lazy, Suspense } from 'react';
import type { ChartPoint, Overview, Range, RecentEvent } from '../../features/overview/overview-view.ts';
import { ChartBoundary, ChartTable } from '../chart-parts.tsx';
import type { DeadLetterListing } from '../dead-letters/dead-letter-list.ts';
import { DeadLetters } from '../dead-letters/dead-letters-section.tsx';
import { useHydrated } from '../layout/browser.ts';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import { Said, Time } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';
import { Ledger } from './ledger.tsx';
import { Tiles } from './tiles.tsx';
import { pageUrl } from '../dead-letters/delivery-url.ts';

export interface DeliveryPageProps {
  overview: Overview;
  /** null: the database does not answer. */
  list: DeadLetterListing | null;
}

/** Every figure, and what became of every webhook. */
export function DeliveryPage({ overview, list }: DeliveryPageProps) {
  return (
    <Page at={overview.at} live>
      <BackLink to="/">Now</BackLink>
      <h1 className="oc-title">Deliveries</h1>
      <Tiles tiles={overview.tiles} />
      {list && overview.ledger ? (
        <>
          <div className="oc-two">
            <Ledger ledger={overview.ledger} check={overview.ledgerCheck} />
            <RecentEvents events={overview.events} />
          </div>
          <ChartSection range={overview.range} points={overview.chart} />
          {/* The one part that grows in an outage stands last: nothing below it is pushed from under a hand. */}
          <DeadLetters list={list} replays={overview.replays} />
        </>
      ) : (
        <Section id="dead-letters" title="Dead letters and ledger">
          <p className="oc-empty">
            They cannot be read while the database does not answer, so nothing is shown here rather than an
            old number. This page continues by itself when it is back.
          </p>
        </Section>
      )}
    </Page>
  );
}

/** More are a click away: this stands beside the ledger, which is short. */
const SHOWN = 8;

/** What happened last, newest first. */
function RecentEvents({ events }: { events: RecentEvent[] }) {
  const mayAudit = useMay('audit.read');
  return (
    <Section
      id="events"
      title="Recent events"
      side={
        mayAudit && (
          <Link className="oc-link" to="/audit">
            Audit log
          </Link>
        )
      }
    >
      {events.length === 0 ? (
        <p className="oc-hint">Nothing has happened yet: outages, replays and discards are listed here.</p>
      ) : (
        <>
          <EventList events={events.slice(0, SHOWN)} />
          {events.length > SHOWN && (
            <details className="oc-details">
              <summary>{events.length - SHOWN} before these</summary>
              <EventList events={events.slice(SHOWN)} />
            </details>
          )}
        </>
      )}
    </Section>
  );
}

function EventList({ events }: { events: RecentEvent[] }) {
  return (
    <ol className="oc-events">
      {events.map((event) => (
        <li key={event.id}>
          <ToneIcon tone={event.tone} />
          <p>
            {event.link ? (
              <Link to={event.link}>
                <Said text={event.text} />
              </Link>
            ) : (
              <Said text={event.text} />
            )}
          </p>
          <Time at={event.at} />
        </li>
      ))}
    </ol>
  );
}

// recharts is about 110 KB of gzip: it comes after everything else, and only in the browser.
const Charts = lazy(() => import('./charts.tsx'));

const RANGES: [Range, string][] = [
  ['1h', '1 hour'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
];

/** Delivery over time: what became of the attempts, the share that succeeded, how long the Agent service took. */
function ChartSection({ range, points }: { range: Range; points: ChartPoint[] }) {
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
