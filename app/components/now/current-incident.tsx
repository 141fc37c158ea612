import { Link } from '@remix-run/react';
import type { IncidentSummary, LadderRow } from '../../features/incidents/incident-view.ts';
import type { CurrentIncident, Overview } from '../../features/overview/overview-view.ts';
import { listText } from '../../lib/words.ts';
import { PostForm } from '../forms/post-form.tsx';
import { DrillBadge, IncidentList, SeverityBadge } from '../incidents/incident-list.tsx';
import { LADDER_STATE, statusOf } from '../incidents/incident-words.ts';
import { NextTold, OnCall, When } from '../incidents/ladder.tsx';
import { NextStepButtons, useSettled } from '../layout/next-step.tsx';
import { Section } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import { Countdown, Said, Time } from '../time.tsx';
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

interface NowActionsProps {
  overview: Pick<Overview, 'nextStep' | 'fallbackOn'>;
  incident: CurrentIncident;
}

/** The three things to do in an outage, large: take it (then its next step), answer by hand, tell people. */
export function NowActions({ overview: { nextStep, fallbackOn }, incident }: NowActionsProps) {
  const mayRespond = useMay('incidents.respond');
  return (
    <div className="oc-actions">
      <TakeIt nextStep={nextStep} incident={incident} />
      {fallbackOn ? (
        <Link className="oc-action" to="/waiting">
          <b>Answer customers</b>
          <span>Drafts wait until fallback mode is switched off.</span>
        </Link>
      ) : (
        <Link className="oc-action" to="/fallback#switch">
          <b>Answer by hand</b>
          <span>
            Drafts pause, customers are told, you answer from Waiting. You see everything before you switch.
          </span>
        </Link>
      )}
      <Link className="oc-action" to={`/incidents/${incident.id}${mayRespond ? '/update' : '?tab=told'}`}>
        <b>Tell people</b>
        <span>One draft for all channels is ready.</span>
      </Link>
    </div>
  );
}

/** Before all else somebody says that they are on it; after that the next step stands here. */
function TakeIt({ nextStep, incident }: { nextStep: Overview['nextStep']; incident: CurrentIncident }) {
  const mayRespond = useMay('incidents.respond');
  const { form } = nextStep;
  const isTake = form?.action === `/api/incidents/${incident.id}/acknowledge`;
  const settled = useSettled(form ? form.action : '');
  if (!isTake || !mayRespond)
    return (
      <div className="oc-action oc-action-step">
        <p>
          <strong className="oc-next-label">Next step</strong> <Said text={nextStep.sentence} />
        </p>
        <div className="oc-row">
          <NextStepButtons nextStep={nextStep} brief />
        </div>
      </div>
    );
  const next = incident.ladder.find(({ state }) => state === 'next');
  return (
    <PostForm action={form.action} fields={form.fields}>
      {(busy) => (
        <button
          type="submit"
          className="oc-action oc-action-first"
          aria-busy={busy}
          aria-disabled={!settled || undefined}
          onClick={(event) => !settled && event.preventDefault()}
        >
          <b>{form.label}</b>
          <span>
            {next ? (
              <>
                Stops the ladder; otherwise {next.role} is told <Countdown to={next.dueAt} />.
              </>
            ) : (
              'Everybody sees that you are on it.'
            )}
          </span>
        </button>
      )}
    </PostForm>
  );
}
