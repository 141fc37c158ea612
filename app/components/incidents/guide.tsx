import type { GuideStep, IncidentDetail } from '../../features/incidents/incident-view.ts';
import { afterOutageOf } from '../../features/incidents/outage-clock.ts';
import { useMay } from '../layout/person.tsx';
import { countdownText, useNow } from '../time.tsx';
import { durationText, formatUtc } from '../../lib/time-words.ts';
import { Section } from '../layout/page.tsx';
import { GuideStepItem } from './guide-step.tsx';

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
