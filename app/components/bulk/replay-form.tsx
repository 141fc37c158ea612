import { Link } from '@remix-run/react';
import { ReplayIcon } from '@shopify/polaris-icons';
import { countText } from '../../features/overview/words.ts';
import { PostForm } from '../post-form.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { PlanSummary } from './plan-summary.tsx';
import type { Plan } from './plan.ts';

/** More than this many go out carefully unless somebody chooses otherwise. */
const CAREFUL_ABOVE = 20;

interface ReplayFormProps {
  plan: Plan;
  /** Fields of the selection, as selection.ts reads them. */
  selection: [name: string, value: string][];
  back: string;
}

/** Dry run and start of a replay of several dead letters. */
export function ReplayForm({ plan, selection, back }: ReplayFormProps) {
  if (plan.count === 0) {
    return (
      <>
        <p className="oc-empty">
          No open dead letter is left in this selection: nothing to replay.
          {plan.inOtherReplay > 0 &&
            ` ${countText(plan.inOtherReplay, 'dead letter')} already in another replay.`}
        </p>
        <Link className="oc-link" to={back}>
          Back
        </Link>
      </>
    );
  }
  const careful = plan.count > CAREFUL_ABOVE;
  return (
    <>
      <PlanSummary plan={plan} />
      <PostForm action="/api/dead-letters/replay" returnTo="/#replays" className="oc-form">
        {(busy) => (
          <>
            {selection.map(([name, value]) => (
              <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
            ))}
            <fieldset className="oc-fieldset">
              <legend>How</legend>
              <label className="oc-check">
                <input type="radio" name="mode" value="careful" defaultChecked={careful} />
                <span>
                  Carefully
                  <small>
                    5 first, the rest only if they are taken; stops by itself when more than half of the last
                    20 fail.
                  </small>
                </span>
              </label>
              <label className="oc-check">
                <input type="radio" name="mode" value="normal" defaultChecked={!careful} />
                <span>
                  All in one go
                  <small>Oldest first, in order within each conversation.</small>
                </span>
              </label>
            </fieldset>
            <label className="oc-check">
              <input type="checkbox" name="skipAnswered" value="1" />
              <span>
                Leave out conversations that a person has answered since
                <small>
                  {plan.stale.answered === 0
                    ? 'None at the moment; checked again before each message.'
                    : `${countText(plan.stale.answered, 'dead letter')} at the moment; they stay dead letters.`}
                </small>
              </span>
            </label>
            <div className="oc-row">
              <SubmitButton look="primary" size="large" icon={ReplayIcon} disabled={busy}>
                {`Replay ${countText(plan.count, 'dead letter')}`}
              </SubmitButton>
              <Link className="oc-link" to={back}>
                Back without sending
              </Link>
            </div>
          </>
        )}
      </PostForm>
    </>
  );
}
