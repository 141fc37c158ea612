import { Link } from '@remix-run/react';
import type { IncidentSummary } from '../../features/incidents/incident-view.ts';
import { outageText, partText } from '../../features/incidents/outage-clock.ts';
import { type Severity, SEVERITY_MEANING } from '../../lib/severity.ts';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { causeName, SEVERITY_TONE, SEVERITY_WORD, statusOf } from './incident-words.ts';

/** Incidents, newest first as they are handed in; each leads to its page. */
export function IncidentList({ incidents }: { incidents: IncidentSummary[] }) {
  return (
    <ul className="oc-incidents">
      {incidents.map((incident) => {
        const { tone, word } = statusOf(incident);
        return (
          <li key={incident.id}>
            <div className="oc-row">
              <SeverityBadge severity={incident.severity} />
              <DrillBadge drill={incident.drill} />
            </div>
            <div>
              <h3>
                <Link to={`/incidents/${incident.id}`} className="oc-strong-link">
                  {incident.title}
                </Link>
              </h3>
              <small>
                Incident {incident.id}, {causeName(incident.cause)}. <Lasted incident={incident} />
              </small>
            </div>
            <div className="oc-incident-state">
              <ToneWord tone={tone}>{word}</ToneWord>
              <small>
                <Who incident={incident} />
              </small>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Lasted({ incident }: { incident: IncidentSummary }) {
  const { startedAt, recoveredAt, resolvedAt, lulls } = incident;
  const end = recoveredAt ?? resolvedAt;
  const part = partText(incident);
  return (
    <>
      Began <Time at={startedAt} />
      {end ? `, lasted ${outageText(incident, new Date(end))}` : ''}
      {part && !end && (
        <>
          , failing again for <Time at={lulls.at(-1)!.to} as="for" />: the {part}
        </>
      )}
      .
    </>
  );
}

function Who({ incident }: { incident: IncidentSummary }) {
  if (incident.mergedInto !== null) return <>into incident {incident.mergedInto}</>;
  if (incident.resolvedBy) return <>by {incident.resolvedBy}</>;
  const who = incident.assignee ?? incident.acknowledgedBy;
  return who ? <>{who}</> : null;
}

/** The runbook's severity, its meaning on hover. */
export function SeverityBadge({ severity }: { severity: Severity }) {
  return (
    <span className={`oc-severity oc-band-${SEVERITY_TONE[severity]}`} title={SEVERITY_MEANING[severity]}>
      <b>{severity}</b> {SEVERITY_WORD[severity]}
    </span>
  );
}

/** Practice, and never to be mistaken for the real thing. */
export function DrillBadge({ drill }: { drill: boolean }) {
  return drill ? <span className="oc-drill-badge">Drill</span> : null;
}
