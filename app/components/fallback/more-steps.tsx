import type { FallbackPlan, FallbackRun } from '../../features/fallback/fallback-view.ts';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { InboxChoices } from './inbox-choices.tsx';

/** What may be added while it is on: each by a click of its own. */
export function MoreSteps({ run, plan }: { run: FallbackRun; plan: FallbackPlan }) {
  const taken = run.steps.filter(({ direction }) => direction === 'on');
  const inboxes = taken.filter(({ kind }) => kind === 'inbox').map(({ target }) => target);
  const left = plan.inboxes.some(({ id }) => !inboxes.includes(String(id)));
  const silenced = taken.some(({ kind }) => kind === 'webhook');
  return (
    <Section id="more" title="More, where Chatwoot still answers">
      <div className="oc-two">
        <PostForm
          action="/api/fallback/steps"
          fields={{ do: 'add' }}
          className="oc-choice"
          returnTo="/fallback"
        >
          <InboxChoices plan={plan} without={inboxes} />
          {left && <SubmitButton>Set the out-of-office message</SubmitButton>}
        </PostForm>
        {!silenced && (
          <PostForm
            action="/api/fallback/steps"
            fields={{ do: 'add', webhook: 'disabled' }}
            className="oc-choice"
            returnTo="/fallback"
          >
            <p>
              Chatwoot goes on sending webhooks, which are stored and held. Switch them off only if they do
              harm: answers that people give are not seen then.
            </p>
            <details className="oc-details">
              <summary>Switch the webhooks off</summary>
              <p>
                Messages of customers and answers of people reach this app only afterwards, by reconciliation.
                Nothing can be left out then because a person has answered it.
              </p>
              <SubmitButton look="critical">Yes, switch the webhooks off</SubmitButton>
            </details>
          </PostForm>
        )}
      </div>
    </Section>
  );
}
