import type { FallbackPlan } from '../../features/fallback/fallback-view.ts';
import { formatUtc } from '../format.ts';

/** Which inboxes get the out-of-office message. */
export function InboxChoices({
  plan,
  without = [],
}: {
  plan: Pick<FallbackPlan, 'inboxes' | 'inboxesListedAt' | 'inboxesProblem'>;
  /** Inboxes that have it already. */
  without?: readonly string[];
}) {
  const inboxes = plan.inboxes.filter(({ id }) => !without.includes(String(id)));
  return (
    <fieldset className="oc-fieldset">
      <legend>Out-of-office message on</legend>
      {inboxes.map(({ id, name }) => (
        <label key={id} className="oc-check">
          <input type="checkbox" name="inbox" value={id} />
          {name}
        </label>
      ))}
      {inboxes.length === 0 && (
        <p className="oc-quiet">
          {plan.inboxes.length > 0 ? 'Every inbox has it already.' : 'No inbox of Chatwoot is known yet.'}
        </p>
      )}
      {plan.inboxesProblem && (
        <p className="oc-quiet">
          {plan.inboxesProblem}.{' '}
          {plan.inboxesListedAt && `The inboxes are those of ${formatUtc(plan.inboxesListedAt)}.`}
        </p>
      )}
    </fieldset>
  );
}
