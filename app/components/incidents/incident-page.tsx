import { Link } from '@remix-run/react';
import type { ReconciliationView } from '../../features/arrival/comparison/reconciliation-view.ts';
import type {
  IncidentAlertView,
  IncidentDetail,
  IncidentSummary,
} from '../../features/incidents/incident-view.ts';
import { BackLink, Page } from '../layout/page.tsx';
import { Section } from '../layout/section.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { Missing } from '../waiting/missing-messages.tsx';
import { Guide } from './guide.tsx';
import { IncidentActions, type RecoveryState } from './incident-actions.tsx';
import { IncidentHead } from './incident-head.tsx';
import { LadderSection } from './ladder.tsx';
import { NotificationLog } from './notification-log.tsx';
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

/** The rules that made this an incident, with the numbers that triggered them. */
function IncidentAlerts({ alerts }: { alerts: IncidentAlertView[] }) {
  return (
    <Section id="alerts" title="Why it is an incident">
      {alerts.length === 0 ? (
        <p className="oc-hint">It was opened by hand: no rule has fired.</p>
      ) : (
        <ul className="oc-lines">
          {alerts.map((alert) => (
            <li key={`${alert.rule} ${alert.firedAt}`}>
              <ToneWord tone={alert.clearedAt ? 'good' : 'critical'}>
                {alert.clearedAt ? 'Cleared' : 'Fires'}
              </ToneWord>
              <div>
                <p>{alert.words}</p>
                <small>
                  {alert.severity}, fired <Time at={alert.firedAt} />
                  {alert.clearedAt && (
                    <>
                      , cleared <Time at={alert.clearedAt} />
                    </>
                  )}
                </small>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
