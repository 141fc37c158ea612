import { Link } from '@remix-run/react';
import type { RecentEvent } from '../features/overview/overview.ts';
import { Section } from './section.tsx';
import { Time } from './time.tsx';
import { ToneIcon } from './tone.tsx';

/** What happened last, newest first. */
export function RecentEvents({ events }: { events: RecentEvent[] }) {
  return (
    <Section
      id="events"
      title="Recent events"
      side={
        <Link className="oc-link" to="/audit">
          Audit log
        </Link>
      }
    >
      {events.length === 0 ? (
        <p className="oc-hint">Nothing has happened yet: outages, replays and discards are listed here.</p>
      ) : (
        <ol className="oc-events">
          {events.map((event) => (
            <li key={event.id}>
              <ToneIcon tone={event.tone} />
              <p>{event.link ? <Link to={event.link}>{event.text}</Link> : event.text}</p>
              <Time at={event.at} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
