import { useFetcher } from '@remix-run/react';
import { useEffect, useState } from 'react';
import { pairText } from '../../features/waiting/assign/assignment-view.ts';
import type { WaitingItem } from '../../features/waiting/waiting-view.ts';
import { SelectField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { type AssignPageProps, noPlanText } from './assign-page.tsx';

type Answer = NonNullable<AssignPageProps['data']>;

/**
 * Assigns one conversation in its row: who could have it is asked for when somebody wants to know, for only Chatwoot knows
 * who is there. Without JavaScript the plan's own page does the same.
 */
export function AssignOne({ item, about }: { item: WaitingItem; about: string }) {
  const { Form, submit, data, state } = useFetcher<Answer>();
  const [closed, setClosed] = useState<Answer | null>(null);
  const answer = data && data !== closed && state === 'idle' ? data : null;
  if (answer) return <Choose item={item} about={about} answer={answer} close={() => setClosed(answer)} />;
  return (
    <Form method="post" action="/waiting/assign">
      <SubmitButton
        size="slim"
        name="one"
        value={item.key}
        aria-label={`Assign ${about}`}
        aria-busy={state !== 'idle'}
        onClick={(event) => {
          // As a form it would count as an action whose answer is a new page.
          event.preventDefault();
          submit({ one: item.key }, { method: 'post', action: '/waiting/assign' });
        }}
      >
        {state === 'idle' ? 'Assign' : 'Asking Chatwoot…'}
      </SubmitButton>
    </Form>
  );
}

interface ChooseProps {
  item: WaitingItem;
  about: string;
  answer: Answer;
  close: () => void;
}

function Choose({ item, about, answer: { outcome, keys }, close }: ChooseProps) {
  const agents = agentsOf(outcome);
  return (
    <div className="oc-assign" onKeyDown={({ key }) => key === 'Escape' && close()}>
      {outcome.outcome !== 'planned' && <p role="alert">{noPlanText(outcome, keys)}</p>}
      {agents.length > 0 && (
        <PostForm action="/api/waiting/assign" className="oc-row">
          {(busy) => (
            <>
              <ClosedWhenDone busy={busy} close={close} />
              <SelectField label={`Assign ${about} to`} name="pair" autoFocus>
                {agents.map(({ id, words }) => (
                  <option key={id} value={pairText(item.key, id)}>
                    {words}
                  </option>
                ))}
              </SelectField>
              <SubmitButton look="primary" size="slim" disabled={busy}>
                Assign
              </SubmitButton>
            </>
          )}
        </PostForm>
      )}
      <button
        type="button"
        className="oc-plain-button"
        onClick={close}
        aria-label={`Leave ${about} as it is`}
      >
        Cancel
      </button>
    </div>
  );
}

/** The row is as before once its form was answered, whatever the answer was: the page says it. */
function ClosedWhenDone({ busy, close }: { busy: boolean; close: () => void }) {
  const [sent, setSent] = useState(false);
  useEffect(() => {
    if (busy) setSent(true);
    else if (sent) close();
  }, [busy, sent, close]);
  return null;
}

/** Whom the plan would take first, then those who are there, then the others. */
function agentsOf(outcome: Answer['outcome']) {
  if (outcome.outcome === 'planned')
    return [...outcome.plan.agents]
      .sort((a, b) => b.gets - a.gets)
      .map(({ id, name, online, load }) => ({
        id,
        words: `${name} (${online ? 'online' : 'not online'}, has ${load})`,
      }));
  return 'agents' in outcome ? outcome.agents.map(({ id, name }) => ({ id, words: name })) : [];
}
