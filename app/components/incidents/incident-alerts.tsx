import type { IncidentAlertView } from '../../features/incidents/incident-view.ts';
import { Section } from '../section.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

/** The rules that made this an incident, with the numbers that triggered them. */
export function IncidentAlerts({ alerts }: { alerts: IncidentAlertView[] }) {
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
