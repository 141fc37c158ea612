import { Link } from '@remix-run/react';
import { durationText, numberText } from '../../features/overview/words.ts';
import { eventWords } from '../delivery-words.ts';
import { Time } from '../time.tsx';
import type { Plan } from './plan.ts';

/** What a replay would do, before it does it. */
export function PlanSummary({ plan }: { plan: Plan }) {
  const { stale } = plan;
  return (
    <>
      <dl className="oc-facts">
        <div>
          <dt>To be sent</dt>
          <dd>{numberText(plan.count)}</dd>
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
            <li>{numberText(stale.answered)}: a person has answered in the conversation since.</li>
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
