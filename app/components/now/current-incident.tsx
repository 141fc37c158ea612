import { Link } from '@remix-run/react';
import type { IncidentSummary, LadderRow } from '../../features/incidents/incident-view.ts';
import type { CurrentIncident } from '../../features/overview/overview-view.ts';
import { listText } from '../../lib/words.ts';
import { IncidentList } from '../incidents/incident-list.tsx';
import { LADDER_STATE, statusOf } from '../incidents/incident-words.ts';
import { NextTold, OnCall, When } from '../incidents/ladder.tsx';
import { DrillBadge, SeverityBadge } from '../incidents/severity-badge.tsx';
import { Section } from '../layout/section.tsx';
import { Time } from '../time.tsx';
import { ToneIcon, ToneWord } from '../tone.tsx';

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
      title={`Incident ${incident.id}`}
      side={<ToneWord tone={tone}>{word}</ToneWord>}
      hint={incident.title}
    >
      <p className="oc-row oc-incident-line">
        <SeverityBadge severity={incident.severity} />
        <DrillBadge drill={incident.drill} />
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
      </p>
      <OnCall onCall={incident.onCall} />
      <NextTold ladder={incident.ladder} />
      <ol className="oc-side-lines" aria-label="Who is told">
        {incident.ladder.map((row) => (
          <Rung key={row.stepId} row={row} />
        ))}
      </ol>
      <Link to={`/incidents/${incident.id}`} className="oc-link">
        Guide, timeline and everything else
      </Link>
      {others.length > 0 && (
        <details className="oc-details">
          <summary>Other open incidents</summary>
          <IncidentList incidents={others} />
        </details>
      )}
    </Section>
  );
}

/** Who is told, whether that is so, and when; the reasons stand on the incident's own page. */
function Rung({ row }: { row: LadderRow }) {
  const { tone, word } = LADDER_STATE[row.state];
  const names = row.contacts.map(({ name }) => name).filter(Boolean);
  return (
    <li aria-current={row.state === 'next' ? 'step' : undefined}>
      <ToneIcon tone={tone} />
      <span>
        {row.role}
        <small>
          {row.contacts.length === 0 ? (
            <Link to="/contacts">{word}</Link>
          ) : (
            `${word}${names.length > 0 ? `: ${listText(names)}` : ''}`
          )}
        </small>
      </span>
      <When row={row} />
    </li>
  );
}
