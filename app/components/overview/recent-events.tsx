import { Link } from '@remix-run/react';
import type { RecentEvent } from '../../features/overview/overview-view.ts';
import { useMay } from '../layout/person.tsx';
import { Section } from '../layout/section.tsx';
import { Said, Time } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';

/** More are a click away: this stands beside the ledger, which is short. */
const SHOWN = 8;

/** What happened last, newest first. */
export function RecentEvents({ events }: { events: RecentEvent[] }) {
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
