import { Form, Link, useFetcher } from '@remix-run/react';
import { useEffect, useState } from 'react';
import {
  type AssignmentPlan,
  pairText,
  type PlanOutcome,
} from '../../features/waiting/assign/assignment-view.ts';
import type { WaitingItem } from '../../features/waiting/waiting-view.ts';
import type { ExactId } from '../../lib/chatwoot/chatwoot-values.ts';
import { countText } from '../../lib/words.ts';
import { SelectField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { PersonName } from '../layout/person.tsx';
import { DueTime } from '../time.tsx';

export interface AssignPageProps {
  data: { at: string; outcome: PlanOutcome; keys: string[] | null } | null;
}

/** The plan of an assignment: who would get what. Nothing is changed before it is confirmed. */
export function AssignPage({ data }: AssignPageProps) {
  const at = data?.at ?? new Date(0).toISOString();
  const plan = data?.outcome.outcome === 'planned' ? data.outcome.plan : null;
  return (
    <Page at={at}>
      <BackLink to="/waiting">Customers waiting</BackLink>
      <h1 className="oc-title">Assign conversations</h1>
      {data === null ? (
        <p>
          <Link to="/waiting">Choose the conversations first.</Link>
        </p>
      ) : plan ? (
        <Plan plan={plan} keys={data.keys} />
      ) : (
        <NoPlan outcome={data.outcome} keys={data.keys} />
      )}
    </Page>
  );
}

function Plan({ plan, keys }: { plan: AssignmentPlan; keys: string[] | null }) {
  const { items, agents, notWaiting, unseen, checked } = plan;
  const receiving = agents.filter(({ gets }) => gets > 0);
  return (
    <>
      <Section
        id="plan"
        title={`${countText(items.length, 'conversation')} to ${countText(receiving.length, 'person').replace('persons', 'people')}`}
        hint="This is a plan: nothing has been changed. Those most urgent first."
      >
        {notWaiting > 0 && (
          <p>{`${countText(notWaiting, 'conversation')} left out: nobody waits there any more.`}</p>
        )}
        {unseen.length > 0 && (
          <p>{`${countText(unseen.length, 'conversation')} left out: none of these people may see ${unseen.length === 1 ? 'it' : 'them'} in Chatwoot, being no member of the inbox.`}</p>
        )}
        {!checked && (
          <p>
            Whether these conversations are still there is being checked against Chatwoot’s list, which takes
            a while. Each is looked up once more before it is assigned.
          </p>
        )}
        <div className="oc-scroll" tabIndex={0} role="region" aria-label="Who gets which conversation">
          <table className="oc-table oc-table-text">
            <thead>
              <tr>
                <th scope="col">Conversation</th>
                <th scope="col">Answer due</th>
                <th scope="col">From</th>
                <th scope="col">To</th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={item.key}>
                  <th scope="row">
                    <PersonName name={item.customerName ?? 'Customer'} />
                    <small>conversation {item.conversationId}</small>
                  </th>
                  <td>
                    <DueTime dueAt={item.dueAt} />
                  </td>
                  <td>
                    <PersonName name={item.from ?? 'Nobody'} />
                  </td>
                  <td>
                    <PersonName name={item.agentName} />
                    {item.pending && <small>pending: a bot keeps it until somebody opens it</small>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <PostForm action="/api/waiting/assign" className="oc-form" returnTo="/waiting">
          {(busy) => (
            <>
              {items.map(({ key, agentId }) => (
                <input key={key} type="hidden" name="pair" value={pairText(key, agentId)} />
              ))}
              <SubmitButton look="primary" size="large" disabled={busy}>
                {`Assign ${countText(items.length, 'conversation')} now`}
              </SubmitButton>
            </>
          )}
        </PostForm>
      </Section>
      <Agents agents={agents} keys={keys} />
    </>
  );
}

/** Who is there, what they have, and the way to give all to one of them, online or not. */
function Agents({ agents, keys }: { agents: AssignmentPlan['agents']; keys: string[] | null }) {
  return (
    <Section id="agents" title="People" hint="Planned so that all end up with as equal a load as possible.">
      <div className="oc-scroll" tabIndex={0} role="region" aria-label="People and their load">
        <table className="oc-table">
          <thead>
            <tr>
              <th scope="col">Person</th>
              <th scope="col">Has now</th>
              <th scope="col">Gets</th>
              <th scope="col">
                <span className="oc-hidden">All to this person</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {agents.map((agent) => (
              <tr key={agent.id}>
                <th scope="row">
                  <PersonName name={agent.name} />
                  <small>{agent.online ? 'online' : 'not online'}</small>
                </th>
                <td>{agent.load}</td>
                <td>{agent.gets}</td>
                <td>
                  <AllTo agent={agent} keys={keys} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function AllTo({ agent, keys }: { agent: { id: ExactId; name: string }; keys: string[] | null }) {
  return (
    <Form method="post" action="/waiting/assign">
      <input type="hidden" name="scope" value={keys ? 'selected' : 'unassigned'} />
      {keys?.map((key) => (
        <input key={key} type="hidden" name="key" value={key} />
      ))}
      <SubmitButton size="slim" name="agent" value={agent.id} aria-label={`Plan all for ${agent.name}`}>
        Plan all for this person
      </SubmitButton>
    </Form>
  );
}

function NoPlan({ outcome, keys }: { outcome: PlanOutcome; keys: string[] | null }) {
  const agents =
    outcome.outcome === 'nobody_online' || outcome.outcome === 'nobody_may_see' ? outcome.agents : [];
  return (
    <Section id="no-plan" title="Nothing to assign">
      <p role="alert">{noPlanText(outcome, keys)}</p>
      {agents.length > 0 && (
        <ul className="oc-steps">
          {agents.map((agent) => (
            <li key={agent.id}>
              <PersonName name={agent.name} />
              <AllTo agent={agent} keys={keys} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function noPlanText(outcome: PlanOutcome, keys: string[] | null): string {
  switch (outcome.outcome) {
    case 'planned':
      return '';
    case 'nobody_waits':
      if (keys?.length === 0) return 'No conversation was ticked.';
      return keys ? 'Nobody waits there any more.' : 'Everybody who is waiting has been assigned already.';
    case 'nobody_online':
      return 'Nobody is online in Chatwoot. You can still give all of them to one person:';
    case 'nobody_may_see':
      return 'Whoever it would be may not see these conversations in Chatwoot, being no member of their inboxes. Choose somebody who is:';
    case 'agent_unknown':
      return 'Chatwoot does not know that agent any more.';
    case 'not_connected':
      return 'Chatwoot is not connected.';
    case 'chatwoot_failed':
      return `Chatwoot did not say who is there: ${outcome.detail}.`;
  }
}

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
