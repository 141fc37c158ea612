import { Link } from '@remix-run/react';
import type { CurrentIncident, Overview } from '../../features/overview/overview-view.ts';
import { PostForm } from '../forms/post-form.tsx';
import { NextStepButtons, useSettled } from '../layout/next-step.tsx';
import { useMay } from '../layout/person.tsx';
import { Countdown, Said } from '../time.tsx';

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
