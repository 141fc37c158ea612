import { Link } from '@remix-run/react';
import type { OpenNotice } from '../../features/status/status-document.ts';
import { useMay } from '../layout/person.tsx';
import { Section } from '../layout/section.tsx';
import { Time } from '../time.tsx';

/** What was published of incidents and not ended. A page of each leads to its next update. */
export function OpenNotices({ open }: { open: readonly OpenNotice[] }) {
  const mayRespond = useMay('incidents.respond');
  if (open.length === 0) return null;
  return (
    <Section id="open" title="Outages that are public now">
      <ul className="oc-lines">
        {open.map(({ id, incidentId, title, beganAt }) => (
          <li key={id}>
            <p>
              <b>{title}</b>, since <Time at={beganAt} />
            </p>
            <Link to={`/incidents/${incidentId}${mayRespond ? '/update' : ''}`} className="oc-link">
              {mayRespond ? 'Publish its next update or its end' : 'Its incident'}
              <span className="oc-hidden">: {title}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
