import { Link } from '@remix-run/react';
import type { IncidentDetail, IncidentSummary } from '../../features/incidents/incident-view.ts';
import { BackLink } from '../back-link.tsx';
import { Page } from '../page.tsx';
import { Guide } from './guide.tsx';
import { IncidentActions, type RecoveryState } from './incident-actions.tsx';
import { IncidentAlerts } from './incident-alerts.tsx';
import { IncidentHead } from './incident-head.tsx';
import { LadderSection } from './ladder.tsx';
import { NotificationLog } from './notification-log.tsx';
import type { ReconciliationView } from '../../features/arrival/comparison/reconciliation-view.ts';
import { Missing } from '../waiting/missing.tsx';
import { Timeline } from './timeline.tsx';

export interface IncidentPageProps {
  at: string;
  incident: IncidentDetail;
  /** Other open incidents. */
  others: Pick<IncidentSummary, 'id' | 'title'>[];
  /** How far its recovery is proved. */
  recovery: RecoveryState | null;
  /** What never arrived in its time; left out where it is not asked for. */
  missing?: ReconciliationView;
}

/** One incident: what is the matter, what to do, who is told when, and everything that happened. */
export function IncidentPage({ at, incident, others, recovery, missing }: IncidentPageProps) {
  const closed = incident.status === 'resolved' || incident.status === 'merged';
  return (
    <Page at={at} live>
      <div className="oc-row">
        <BackLink to="/incidents">All incidents</BackLink>
        <Link to={`/incidents/${incident.id}/report`} className="oc-link">
          Incident report
        </Link>
      </div>
      <IncidentHead incident={incident} />
      <div className="oc-two">
        {incident.guide.length > 0 && (
          <Guide
            incident={incident}
            guide={incident.guide}
            closed={closed}
            nextKey={incident.nextGuideStep?.key ?? null}
          />
        )}
        <div className="oc-column">
          <LadderSection ladder={incident.ladder} />
          <IncidentActions incident={incident} others={others} recovery={recovery} />
          <IncidentAlerts alerts={incident.alerts} />
          <NotificationLog notifications={incident.notifications} />
        </div>
      </div>
      {missing && !incident.drill && <Missing view={missing} may={false} />}
      <Timeline lines={incident.timeline} />
    </Page>
  );
}
