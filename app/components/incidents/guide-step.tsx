import type { GuideStep } from '../../features/incidents/incident-view.ts';
import type { Tone } from '../../features/overview/overview.ts';
import { CopyText } from '../copy-text.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { RegisterAgain } from '../register-again.tsx';
import { StepButtons } from './step-buttons.tsx';
import { StepLink } from './step-link.tsx';

const STATES: Record<GuideStep['state'], { tone: Tone; word: string }> = {
  open: { tone: 'unknown', word: 'Open' },
  done: { tone: 'good', word: 'Done' },
  failed: { tone: 'critical', word: 'Failed' },
  skipped: { tone: 'info', word: 'Skipped' },
};

interface GuideStepItemProps {
  incidentId: number;
  step: GuideStep;
  /** It is the one to do now. */
  next: boolean;
  mayRespond: boolean;
}

/** One step: what to do, how it went and by whom, and the buttons for it. */
export function GuideStepItem({ incidentId, step, next, mayRespond }: GuideStepItemProps) {
  const { tone, word } = STATES[step.state];
  return (
    <li className={`oc-guide-step${next ? ' oc-guide-next' : ''}`} aria-current={next ? 'step' : undefined}>
      <div className="oc-guide-words">
        <p>
          <b>{step.title}</b>
        </p>
        {step.help && <p className="oc-hint">{step.help}</p>}
        {step.evidence && <p className="oc-evidence">{step.evidence}</p>}
        {step.at && (
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
