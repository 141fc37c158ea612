import { Link } from '@remix-run/react';
import type { IncidentSummary } from '../../features/incidents/incident-view.ts';
import type { CurrentIncident } from '../../features/overview/overview-view.ts';
import { Section } from '../layout/section.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { IncidentList } from '../incidents/incident-list.tsx';
import { statusOf } from '../incidents/incident-words.ts';
import { Ladder } from '../incidents/ladder.tsx';
import { DrillBadge, SeverityBadge } from '../incidents/severity-badge.tsx';

interface CurrentIncidentCardProps {
  incident: CurrentIncident;
  others: IncidentSummary[];
}

/** The incident that goes on: how bad, how old, who is on it, and who is told next. */
export function CurrentIncidentCard({ incident, others }: CurrentIncidentCardProps) {
  const { tone, word } = statusOf(incident);
  return (
    <Section
      id="incident"
      title={`Incident ${incident.id}: ${incident.title}`}
      side={<ToneWord tone={tone}>{word}</ToneWord>}
    >
      <p className="oc-row">
        <SeverityBadge severity={incident.severity} />
        <DrillBadge drill={incident.drill} />
        <span>
          for <Time at={incident.startedAt} as="for" />
        </span>
        <span>
          {incident.acknowledgedAt ? (
            <>
              Acknowledged by <b>{incident.acknowledgedBy ?? 'somebody'}</b>{' '}
              <Time at={incident.acknowledgedAt} />
            </>
          ) : (
            'Not acknowledged yet'
          )}
        </span>
        <Link to={`/incidents/${incident.id}`} className="oc-link">
          Guide, timeline and everything else
        </Link>
      </p>
      <Ladder ladder={incident.ladder} brief />
      {others.length > 0 && (
        <details className="oc-details">
          <summary>Other open incidents</summary>
          <IncidentList incidents={others} />
        </details>
      )}
    </Section>
  );
}
