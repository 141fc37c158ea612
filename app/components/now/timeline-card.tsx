import { Link } from '@remix-run/react';
import { lazy, Suspense } from 'react';
import { type NowTimeline, SPANS } from '../../features/overview/shell/now-timeline.ts';
import { numberText } from '../../lib/words.ts';
import { ChartBoundary } from '../chart-parts.tsx';
import { Section } from '../layout/page.tsx';
import { useHydrated } from '../layout/browser.ts';
import { Moment, Said, useZone } from '../time.tsx';

// Recharts comes after everything else, and only in the browser.
const TimelineChart = lazy(() => import('./timeline-chart.tsx'));

const SPAN_WORDS = { 15: '15 min', 60: '1 hour' } as const;

/** The last minutes on one axis of time: checks, deliveries, who waits, what is held, and what was done. */
export function TimelineCard({ timeline }: { timeline: NowTimeline }) {
  const hydrated = useHydrated();
  const placeholder = <div className="oc-lanes-placeholder" aria-hidden="true" />;
  return (
    <Section
      id="timeline"
      title="Lately"
      side={
        <nav className="oc-tabs" aria-label="Span of the timeline">
          {SPANS.map((span) => (
            <Link
              key={span}
              to={`/?span=${span}`}
              preventScrollReset
              replace
              aria-current={timeline.span === span ? 'page' : undefined}
            >
              {SPAN_WORDS[span]}
            </Link>
          ))}
        </nav>
      }
    >
      {hydrated ? (
        <ChartBoundary>
          <Suspense fallback={placeholder}>
            <TimelineChart timeline={timeline} />
          </Suspense>
        </ChartBoundary>
      ) : (
        placeholder
      )}
      <TimelineTable timeline={timeline} />
    </Section>
  );
}

/** The same in words and numbers, newest first: for screen readers, for copying, and without JavaScript. */
function TimelineTable({ timeline: { checks, minutes, marks } }: { timeline: NowTimeline }) {
  const zone = useZone();
  const failed = (part: string) => checks.filter((check) => check.part === part && check.outcome !== 'ok');
  const busy = minutes.filter(({ delivered, failed: bad }) => delivered + bad > 0);
  return (
    <details className="oc-details">
      <summary>Show it as a table</summary>
      <div className="oc-scroll" tabIndex={0} role="region" aria-label="What happened lately">
        <table className="oc-table oc-table-text">
          <thead>
            <tr>
              <th scope="col">When ({zone})</th>
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody>
            {[
              ...marks.map(({ at, text }) => ({ at, text })),
              ...failed('chatwoot').map(({ at }) => ({ at, text: 'A check of Chatwoot did not succeed' })),
              ...failed('agent').map(({ at }) => ({
                at,
                text: 'A check of the Agent service did not succeed',
              })),
              ...busy.map(({ at, delivered, failed: bad }) => ({
                at,
                text: `In this minute ${numberText(delivered)} delivered, ${numberText(bad)} attempts failed`,
              })),
            ]
              .sort((a, b) => b.at.localeCompare(a.at))
              .map(({ at, text }, index) => (
                <tr key={index}>
                  <th scope="row">
                    <Moment at={at} form="seconds" bare />
                  </th>
                  <td>
                    <Said text={text} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
