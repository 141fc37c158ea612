import { Link } from '@remix-run/react';
import type { GuideStep, IncidentDetail } from '../../features/incidents/incident-view.ts';
import { afterOutageOf } from '../../features/incidents/outage-clock.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { durationText, formatUtc } from '../../lib/time-words.ts';
import { CopyText } from '../forms/form-fields.tsx';
import { PostForm, RegisterAgain, SubmitButton } from '../forms/post-form.tsx';
import { Section } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import { countdownText, Said, Time, useNow } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

interface GuideProps {
  incident: Pick<IncidentDetail, 'id' | 'startedAt' | 'recoveredAt' | 'lulls'>;
  guide: GuideStep[];
  /** Over: what was done stays to be read. */
  closed: boolean;
  nextKey: string | null;
}

/** The runbook for this kind of outage, phase by phase with its clocks. */
export function Guide({ incident, guide, closed, nextKey }: GuideProps) {
  const mayRespond = useMay('incidents.respond') && !closed;
  return (
    <Section
      id="guide"
      title="What the runbook says"
      side={<span className="oc-quiet">{doneText(guide)}</span>}
    >
      {phasesOf(guide).map(({ phase, minutes, steps }) => (
        <section key={phase} className="oc-phase" aria-label={phase}>
          <h3>
            {phase} <PhaseClock incident={incident} minutes={minutes} steps={steps} closed={closed} />
          </h3>
          <ol className="oc-guide">
            {steps.map((step) => (
              <GuideStepItem
                key={step.key}
                incidentId={incident.id}
                step={step}
                next={step.key === nextKey && !closed}
                mayRespond={mayRespond}
              />
            ))}
          </ol>
        </section>
      ))}
    </Section>
  );
}

interface PhaseClockProps {
  incident: Pick<IncidentDetail, 'startedAt' | 'recoveredAt' | 'lulls'>;
  minutes: number | null;
  steps: GuideStep[];
  closed: boolean;
}

/** How long a phase may take from the beginning, and how much of that is left. */
function PhaseClock({ incident, minutes, steps, closed }: PhaseClockProps) {
  const now = useNow();
  if (minutes === null) return null;
  const due = afterOutageOf(incident, minutes * 60_000).toISOString();
  const left = Date.parse(due) - now;
  const through = steps.every(({ state }) => state === 'done' || state === 'skipped');
  // What was due while it lasted is late no more when it is over; what is due later goes on.
  const over = closed || through || (left < 0 && incident.recoveredAt !== null);
  const allowed = `within ${durationText(minutes * 60_000)}`;
  return (
    <small className={!over && left < 0 ? 'oc-late' : 'oc-quiet'} title={formatUtc(due)}>
      {over
        ? allowed
        : left < 0
          ? `${allowed}: late by ${durationText(-left)}`
          : `${allowed}: ${countdownText(left)} left`}
    </small>
  );
}

function doneText(guide: GuideStep[]): string {
  const done = guide.filter(({ state }) => state === 'done' || state === 'skipped').length;
  return `${done} of ${guide.length} done`;
}

function phasesOf(guide: GuideStep[]): { phase: string; minutes: number | null; steps: GuideStep[] }[] {
  const phases: { phase: string; minutes: number | null; steps: GuideStep[] }[] = [];
  for (const step of guide) {
    const last = phases.at(-1);
    if (last?.phase === step.phase) last.steps.push(step);
    else phases.push({ phase: step.phase, minutes: step.phaseMinutes, steps: [step] });
  }
  return phases;
}

const STATES: Record<GuideStep['state'], { tone: Tone; word: string }> = {
  open: { tone: 'unknown', word: 'Open' },
  done: { tone: 'good', word: 'Done' },
  failed: { tone: 'critical', word: 'Failed' },
  skipped: { tone: 'info', word: 'Skipped' },
};

/** A step that events have overtaken was skipped by nobody. */
const wordOf = ({ state, by }: GuideStep) =>
  state === 'skipped' && by === 'Outage Center' ? { ...STATES.skipped, word: 'Not needed' } : STATES[state];

interface GuideStepItemProps {
  incidentId: number;
  step: GuideStep;
  /** It is the one to do now. */
  next: boolean;
  mayRespond: boolean;
}

/** One step: what to do, how it went and by whom, and the buttons for it. */
function GuideStepItem({ incidentId, step, next, mayRespond }: GuideStepItemProps) {
  const { tone, word } = wordOf(step);
  return (
    <li className={`oc-guide-step${next ? ' oc-guide-next' : ''}`} aria-current={next ? 'step' : undefined}>
      <div className="oc-guide-words">
        <p>
          <b>{step.title}</b>
        </p>
        {step.help && <p className="oc-hint">{step.help}</p>}
        {step.evidence && (
          <p className="oc-evidence">
            <Said text={step.evidence} />
          </p>
        )}
        {step.at && word !== 'Not needed' && (
          <p className="oc-quiet">
            {word} by {step.by ?? 'somebody'} <Time at={step.at} />
          </p>
        )}
        {step.text && <CopyText label="Text to copy" text={step.text} />}
      </div>
      <div className="oc-guide-side">
        <ToneWord tone={next && step.state === 'open' ? 'warning' : tone}>
          {next && step.state === 'open' ? 'Next' : word}
        </ToneWord>
        {step.link && <StepLink link={step.link} />}
        {step.registers && <RegisterAgain />}
        {mayRespond && <StepButtons incidentId={incidentId} step={step} prominent={next} />}
      </div>
    </li>
  );
}

interface StepButtonsProps {
  incidentId: number;
  step: GuideStep;
  /** The step to do now has the page's main button. */
  prominent: boolean;
}

/** What can be done with a step now: let the app do it, tick it, skip it, or take that back. */
export function StepButtons({ incidentId, step, prominent }: StepButtonsProps) {
  const action = (verb: string) => `/api/incidents/${incidentId}/${verb}`;
  const fields = { step: step.key };
  const look = prominent ? 'primary' : 'secondary';
  const over = step.state === 'done' || step.state === 'skipped';
  if (over && step.how !== 'app') return null;
  return (
    <div className="oc-row oc-step-buttons">
      {step.how === 'app' && (
        <PostForm action={action('run-step')} fields={fields}>
          {(busy) => (
            <SubmitButton
              size="slim"
              look={over ? 'plain' : look}
              aria-busy={busy}
              disabled={busy}
              aria-label={`Check: ${step.title}`}
            >
              {step.state === 'open' ? 'Check now' : 'Check again'}
            </SubmitButton>
          )}
        </PostForm>
      )}
      {step.how !== 'app' && (
        <PostForm action={action('tick-step')} fields={fields}>
          {(busy) => (
            <SubmitButton size="slim" look={look} disabled={busy} aria-label={`Done: ${step.title}`}>
              Done
            </SubmitButton>
          )}
        </PostForm>
      )}
      {!over && (
        <PostForm action={action('skip-step')} fields={fields}>
          {(busy) => (
            <SubmitButton size="slim" look="plain" disabled={busy} aria-label={`Skip: ${step.title}`}>
              Skip
            </SubmitButton>
          )}
        </PostForm>
      )}
    </div>
  );
}

/** To where a step is done: a page of this app, or another site. */
export function StepLink({ link }: { link: { to: string; label: string } }) {
  return link.to.startsWith('/') ? (
    <Link to={link.to} className="oc-link">
      {link.label}
    </Link>
  ) : (
    <a href={link.to} className="oc-link" rel="noreferrer">
      {link.label}
    </a>
  );
}
