import { Form, Link, useNavigate, useSearchParams } from '@remix-run/react';
import { countText } from '../../lib/words.ts';
import type { MergePlan, PlannedContact } from '../../features/tickets/merge/merge-view.ts';
import { MERGE_WORDS, shownText, ticketNotice } from '../../features/tickets/ticket-words.ts';
import { type MergeProgress, ticketName, type TicketView } from '../../features/tickets/ticket-view.ts';
import { Done, Problem, SelectField } from '../forms/form-fields.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { paceOf, Progress } from '../layout/progress.tsx';
import { useNow } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { TicketClock } from './ticket-page-parts.tsx';
import { PersonName } from '../layout/person.tsx';

export interface MergePageProps {
  at: string;
  /** Null once it has been started. */
  plan: MergePlan | null;
  merging: TicketView[];
  /** null: none is on its way. */
  progress: MergeProgress | null;
  result: { problem: string } | null;
}

type Planned = Extract<MergePlan, { outcome: 'planned' }>;

/** Tickets go on in Chatwoot: first the list of what will happen, then one click, then how each ended. */
export function MergePage({ at, plan, merging, progress, result }: MergePageProps) {
  const [params] = useSearchParams();
  return (
    <Page at={at} live>
      <BackLink to="/tickets">All tickets</BackLink>
      <h1 className="oc-title">Tickets into Chatwoot</h1>
      <div>
        <Done text={result ? null : ticketNotice(params.get('n') ? params : new URLSearchParams())} />
        <Problem>{result?.problem}</Problem>
      </div>
      {plan && (
        <Section id="plan" title="What will happen" hint="Nothing has been changed yet.">
          {plan.outcome === 'planned' ? <Plan plan={plan} /> : <Problem>{whyNot(plan)}</Problem>}
        </Section>
      )}
      {merging.length > 0 && (
        <Section id="merging" title="How each ended">
          {progress && <Going progress={progress} />}
          <ul className="oc-ticket-merges">
            {merging.map((ticket) => (
              <Result key={ticket.id} ticket={ticket} />
            ))}
          </ul>
        </Section>
      )}
      {!plan && merging.length === 0 && <p className="oc-empty">No ticket was brought into Chatwoot yet.</p>}
    </Page>
  );
}

/** How many are still to be brought there, with the button that keeps out those that were not begun. */
function Going({ progress: { waiting, running, done, since } }: { progress: MergeProgress }) {
  const now = useNow();
  const left = waiting + running;
  const total = since === null ? null : done + left;
  return (
    <ul className="oc-replays" aria-label="On their way">
      <Progress
        work={{
          id: 'merging-progress',
          name: 'The tickets that wait',
          title: `Into Chatwoot: ${countText(left, 'ticket')} to go`,
          state: 'running',
          done,
          total,
          figures: [`${running} being brought there`, `${waiting} waiting`],
          ...(since === null ? { perSecond: null, secondsLeft: null } : paceOf({ done, total, since }, now)),
          control: (verb) =>
            verb === 'cancel' ? { action: '/tickets/merge', fields: { do: 'cancel' } } : null,
        }}
      />
    </ul>
  );
}

function Plan({ plan }: { plan: Planned }) {
  const { inbox, inboxes, items, left, more } = plan;
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const going = items.filter(({ contact }) => contact.kind !== 'no_address');
  return (
    <>
      <Form
        method="get"
        className="oc-filters"
        onChange={(event) => {
          const chosen = new FormData(event.currentTarget) as unknown as Iterable<[string, string]>;
          void navigate(`/tickets/merge?${new URLSearchParams([...chosen]).toString()}`, {
            preventScrollReset: true,
          });
        }}
      >
        {params.getAll('ticket').map((id) => (
          <input key={id} type="hidden" name="ticket" value={id} />
        ))}
        <SelectField label="Inbox" name="inbox" defaultValue={inbox.id}>
          {inboxes.map(({ id, name, words }) => (
            <option key={id} value={id}>
              {name}: {words}
            </option>
          ))}
        </SelectField>
        <noscript>
          <SubmitButton>Take it</SubmitButton>
        </noscript>
      </Form>
      {items.length === 0 ? (
        <p className="oc-empty">No ticket is left to be brought into Chatwoot.</p>
      ) : (
        <>
          <p>
            Each of {countText(going.length, 'ticket')} becomes an open conversation in the inbox “
            {inbox.name}”, with its history as a private note; customers get no message. Its clock goes on
            from when the customer wrote.
          </p>
          <ul className="oc-ticket-merges">
            {items.map(({ ticket, contact }) => (
              <li key={ticket.id}>
                <div>
                  <Link to={`/tickets/${ticket.id}`}>{ticketName(ticket.id)}</Link>{' '}
                  <PersonName name={shownText(ticket.customer, ticket)} />
                  <small>{shownText(ticket.issue, ticket)}</small>
                </div>
                <Contact contact={contact} />
                <TicketClock ticket={ticket} />
              </li>
            ))}
          </ul>
          {left > 0 && (
            <p className="oc-hint">
              {countText(left, 'other ticket')} of those chosen: closed, on the way, or in Chatwoot already.
            </p>
          )}
          {more && <p className="oc-hint">200 go at once; bring the others afterwards.</p>}
          {going.length > 0 && (
            <PostForm action="/tickets/merge" fields={{ inbox: String(inbox.id) }} className="oc-form">
              {(busy) => (
                <>
                  {going.map(({ ticket }) => (
                    <input key={ticket.id} type="hidden" name="ticket" value={ticket.id} />
                  ))}
                  <SubmitButton look="primary" disabled={busy}>
                    {`Bring ${countText(going.length, 'ticket')} into Chatwoot`}
                  </SubmitButton>
                </>
              )}
            </PostForm>
          )}
        </>
      )}
    </>
  );
}

function Contact({ contact }: { contact: PlannedContact }) {
  switch (contact.kind) {
    case 'known':
      return <span>Contact {contact.id} of the same address</span>;
    case 'new':
      return <span>A new contact is made</span>;
    case 'not_looked_up':
      return <span>The contact is looked up then</span>;
    case 'no_address':
      return <ToneWord tone="warning">Not brought in: no e-mail address</ToneWord>;
  }
}

function Result({ ticket }: { ticket: TicketView }) {
  const merge = ticket.merge!;
  const { tone, words } = MERGE_WORDS[merge.state];
  return (
    <li>
      <div>
        <Link to={`/tickets/${ticket.id}`}>{ticketName(ticket.id)}</Link>{' '}
        <PersonName name={shownText(ticket.customer, ticket)} />
        <small>asked for by {merge.by}</small>
      </div>
      <ToneWord tone={tone}>{words}</ToneWord>
      <span>
        {merge.state === 'done' && merge.url && <a href={merge.url}>Conversation {merge.conversationId}</a>}
        {merge.state !== 'done' && merge.result}
        {merge.state === 'failed' && <Link to={`/tickets/merge?ticket=${ticket.id}`}>Try again</Link>}
      </span>
    </li>
  );
}

function whyNot(plan: Exclude<MergePlan, Planned>): string {
  switch (plan.outcome) {
    case 'not_connected':
      return 'No Chatwoot is connected.';
    case 'no_inbox':
      return 'Chatwoot has no inbox that tickets can go to: an e-mail, website or API inbox.';
    case 'chatwoot_failed':
      return `${plan.detail}. Try again when automation is back.`;
  }
}
