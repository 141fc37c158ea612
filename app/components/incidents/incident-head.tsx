import { Link } from '@remix-run/react';
import type { IncidentDetail } from '../../features/incidents/incident-view.ts';
import { outageSince } from '../../features/incidents/outage-clock.ts';
import { NextStepButtons } from '../layout/next-step.tsx';
import { useShell } from '../layout/shell-state.tsx';
import { PersonName, useMay } from '../layout/person.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Moment, Said, Time } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';
import { SEVERITY_TONE, statusOf } from './incident-words.ts';
import { DrillBadge, SeverityBadge } from './incident-list.tsx';
import { OnCall } from './ladder.tsx';
import { StepButtons, StepLink } from './guide.tsx';

/** What has happened to whom, since when, who is on it; and the one thing to do next. */
export function IncidentHead({ incident }: { incident: IncidentDetail }) {
  const closed = incident.status === 'resolved' || incident.status === 'merged';
  const { tone, word } = statusOf(incident);
  const since = incident.recoveredAt ?? outageSince(incident).toISOString();
  const band = closed || incident.recoveredAt ? tone : SEVERITY_TONE[incident.severity];
  return (
    <section className={`oc-verdict oc-band-${band}`} aria-label="Incident">
      <div className="oc-verdict-main">
        <ToneIcon tone={band} />
        <div>
          <p className="oc-verdict-word oc-row">
            <SeverityBadge severity={incident.severity} />
            <DrillBadge drill={incident.drill} />
            <strong>{word}</strong>
            {!closed && (
              <span>
                {' '}
                for <Time at={since} as="for" />, since <Moment at={since} form="clock" />
              </span>
            )}
          </p>
          <h1 className="oc-verdict-sentence">{incident.title}</h1>
          <p>
            <Said text={incident.sentence} />
          </p>
          <p>
            <Whose incident={incident} />
          </p>
          <OnCall onCall={incident.onCall} />
        </div>
      </div>
      {!closed && <NextStep incident={incident} />}
    </section>
  );
}

function Whose({ incident }: { incident: IncidentDetail }) {
  const { mergedInto, resolvedAt, resolvedBy, acknowledgedAt, acknowledgedBy, assignee } = incident;
  if (mergedInto !== null) {
    return (
      <>
        Merged into <Link to={`/incidents/${mergedInto}`}>incident {mergedInto}</Link>.
      </>
    );
  }
  if (resolvedAt) {
    return (
      <>
        Resolved by <b>{resolvedBy ?? 'nobody'}</b> <Time at={resolvedAt} />.
      </>
    );
  }
  return (
    <>
      {acknowledgedAt && (
        <>
          Acknowledged by <b>{acknowledgedBy ?? 'somebody'}</b> <Time at={acknowledgedAt} />.
        </>
      )}
      {assignee && (
        <>
          {' '}
          Assigned to{' '}
          <b>
            <PersonName name={assignee} />
          </b>
          .
        </>
      )}
    </>
  );
}

function NextStep({ incident }: { incident: IncidentDetail }) {
  const shell = useShell();
  const form = shell?.nextStep.form?.action ?? '';
  // Of the incident at hand there is one next step, which the strip shows too; its own steps have more buttons here.
  if (shell?.incident?.id !== incident.id || form.startsWith(`/api/incidents/${incident.id}/`))
    return <OwnStep incident={incident} />;
  return (
    <div className="oc-next">
      <p>
        <strong className="oc-next-label">Next step</strong> {shell.nextStep.sentence}
      </p>
      <NextStepButtons nextStep={shell.nextStep} />
    </div>
  );
}

function OwnStep({ incident }: { incident: IncidentDetail }) {
  const mayRespond = useMay('incidents.respond');
  const recovered = incident.recoveredAt !== null;
  // As on the overview: once everything works again nobody has to take it on any more.
  const acknowledge = incident.status === 'open' && !recovered;
  const step = recovered ? null : incident.nextGuideStep;
  return (
    <div className="oc-next">
      <p>
        <strong className="oc-next-label">Next step</strong>{' '}
        {acknowledge
          ? 'Take it, so that everybody knows that somebody is on it.'
          : step
            ? step.title
            : recovered
              ? 'All its alerts have cleared: verify the recovery, then resolve it, saying what it was.'
              : 'Every step of the guide is done: wait for the recovery, and note what you find.'}
      </p>
      {acknowledge && mayRespond && (
        <PostForm action={`/api/incidents/${incident.id}/acknowledge`}>
          {(busy) => (
            <SubmitButton look="primary" size="large" disabled={busy}>
              Take it
            </SubmitButton>
          )}
        </PostForm>
      )}
      {!acknowledge && step?.link && <StepLink link={step.link} />}
      {recovered && (
        <StepLink link={{ to: `/incidents/${incident.id}/recovery`, label: 'Verify the recovery' }} />
      )}
      {!acknowledge && step && mayRespond && <StepButtons incidentId={incident.id} step={step} prominent />}
    </div>
  );
}
