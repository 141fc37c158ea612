import type { GuideStep } from '../../features/incidents/incident-view.ts';
import { PostForm } from '../post-form.tsx';
import { SubmitButton } from '../submit-button.tsx';

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
