import type { SerializeFrom } from '@remix-run/node';
import { Link } from '@remix-run/react';
import { ReplayIcon } from '@shopify/polaris-icons';
import type { ReplayPlan } from '../../features/delivery/replays/replay-form.ts';
import { replayLabel } from '../../features/delivery/dead-letters/notice-words.ts';
import { durationText } from '../../lib/time-words.ts';
import { countText, numberText } from '../../lib/words.ts';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Time } from '../time.tsx';
import { eventWords } from './delivery-words.ts';

/** More than this many go out carefully unless somebody chooses otherwise. */
const CAREFUL_ABOVE = 20;

/** As the browser gets it. */
type Plan = SerializeFrom<ReplayPlan>;

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
  const rejects = plan.rejectedLately > 0;
  const careful = plan.count > CAREFUL_ABOVE || rejects;
  return (
    <>
      <ReplayPlanSummary plan={plan} />
      {rejects && (
        <p className="oc-warning oc-band-warning">
          The Agent service still rejects messages: {numberText(plan.rejectedLately)} in the last 10 min.
          Repair it first, or what is replayed only becomes dead letters again. To find out whether it is
          repaired, replay carefully.
        </p>
      )}
      <PostForm action="/api/dead-letters/replay" returnTo="/delivery#replays" className="oc-form">
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
            <div className="oc-row">
              <ReplayButtons plan={plan} busy={busy} />
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

/** What a person has answered since is left out, and one click includes it. It is looked at again before each message. */
function ReplayButtons({ plan, busy }: { plan: Plan; busy: boolean }) {
  const { count, stale } = plan;
  const left = count - stale.answered;
  const urged = plan.rejectedLately > 0 ? 'secondary' : 'primary';
  const shared = { name: 'skipAnswered', size: 'large', icon: ReplayIcon, disabled: busy } as const;
  return (
    <>
      {left > 0 && (
        <SubmitButton {...shared} value="1" look={urged}>
          {replayLabel(left, stale.answered, 'dead letter')}
        </SubmitButton>
      )}
      {stale.answered > 0 && (
        <SubmitButton {...shared} value="0">
          {left > 0
            ? `Replay all ${numberText(count)}`
            : `Replay ${countText(count, 'dead letter')} all the same`}
        </SubmitButton>
      )}
    </>
  );
}

/** What a replay would do, before it does it. */
function ReplayPlanSummary({ plan }: { plan: Plan }) {
  const { stale } = plan;
  return (
    <>
      <dl className="oc-facts">
        <div>
          <dt>To be sent</dt>
          <dd>{numberText(plan.count - stale.answered)}</dd>
        </div>
        <div>
          <dt>Conversations</dt>
          <dd>{numberText(plan.conversations)}</dd>
        </div>
        <div>
          <dt>Takes about</dt>
          <dd>
            {plan.estimatedSeconds === null
              ? 'a moment'
              : durationText(Math.max(plan.estimatedSeconds, 1) * 1000)}
          </dd>
        </div>
        <div>
          <dt>Possibly stale</dt>
          <dd>{numberText(stale.any)}</dd>
        </div>
      </dl>
      {stale.any > 0 && (
        <ul className="oc-list">
          {stale.answered > 0 && (
            <li>
              {numberText(stale.answered)}: a person has answered in the conversation since. Left out unless
              you include them; they stay dead letters.
            </li>
          )}
          {stale.resolved > 0 && <li>{numberText(stale.resolved)}: the conversation was resolved since.</li>}
          {stale.newerDelivered > 0 && (
            <li>{numberText(stale.newerDelivered)}: newer ones of the conversation were delivered since.</li>
          )}
        </ul>
      )}
      {plan.inOtherReplay > 0 && (
        <p className="oc-hint">
          {numberText(plan.inOtherReplay)} more of this selection {plan.inOtherReplay === 1 ? 'is' : 'are'} in
          another replay already and will not be sent twice.
        </p>
      )}
      <details className="oc-details">
        <summary>The oldest of them</summary>
        <ul className="oc-list">
          {plan.sample.map((entry) => (
            <li key={entry.id}>
              <Link to={`/dead-letters/${entry.id}`}>No. {entry.id}</Link> {eventWords(entry.event)}
              {entry.conversation && `, conversation ${entry.conversation}`}, received{' '}
              <Time at={entry.receivedAt} />
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
