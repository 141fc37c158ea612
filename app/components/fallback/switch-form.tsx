import type {
  FallbackPlan,
  FallbackRun,
  FallbackState,
  PlanLine,
} from '../../features/fallback/fallback-view.ts';
import { Moment } from '../time.tsx';
import { TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Section } from '../layout/page.tsx';
import { useShell } from '../layout/shell-state.tsx';
import { ToneWord } from '../tone.tsx';

interface SwitchFormProps {
  state: FallbackState;
  plan: FallbackPlan;
  checklist: { open: boolean; items: string[] };
}

/** The exact list first, then the click. */
export function SwitchForm({ state, plan, checklist }: SwitchFormProps) {
  const to = plan.direction;
  const incident = useShell()?.incident;
  return (
    <Section id="switch" title={to === 'on' ? 'Switch it on' : 'Switch it off'} hint="This will happen:">
      <div className="oc-two">
        <PlanList lines={plan.lines} />
        <PostForm
          action="/api/fallback/toggle"
          fields={{ to, version: String(state.version) }}
          className="oc-form"
          returnTo="/fallback"
        >
          {(busy) => (
            <>
              {to === 'on' && (
                <>
                  <InboxChoices plan={plan} />
                  <fieldset className="oc-fieldset">
                    <legend>Webhooks of Chatwoot</legend>
                    <label className="oc-check">
                      <input type="radio" name="webhook" value="left" defaultChecked />
                      Left as they are: everything is stored and held here
                    </label>
                    <label className="oc-check">
                      <input type="radio" name="webhook" value="disabled" />
                      Switched off: fetched by reconciliation afterwards
                    </label>
                  </fieldset>
                </>
              )}
              {to === 'off' && <Checklist {...checklist} />}
              <TextField
                label="Reason"
                name="reason"
                required
                maxLength={500}
                autoComplete="off"
                // What goes on, or is proved, is reason enough to begin with.
                defaultValue={to === 'on' ? incident?.title : checklist.open ? undefined : DONE}
              />
              {to === 'off' && checklist.open && (
                <TextField
                  label="Override the open checklist, because"
                  name="override"
                  maxLength={500}
                  autoComplete="off"
                  hint="It is kept with your name and lands in the incident report."
                />
              )}
              <SubmitButton look={to === 'on' ? 'critical' : 'primary'} size="large" disabled={busy}>
                {to === 'on' ? 'Switch fallback mode on' : 'Switch fallback mode off'}
              </SubmitButton>
            </>
          )}
        </PostForm>
      </div>
    </Section>
  );
}

const DONE = 'The restore checklist is done';

function Checklist({ open, items }: SwitchFormProps['checklist']) {
  if (!open) return <ToneWord tone="good">{DONE}</ToneWord>;
  return (
    <div>
      <ToneWord tone="warning">The restore checklist is open</ToneWord>
      <ul className="oc-plain-list">
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
      <a className="oc-link" href="/recovery">
        Go through the checklist
      </a>
    </div>
  );
}

const HOW = { always: 'at once', choice: 'if you choose it', by_hand: 'by you' } as const;

/** Exactly what will happen, in order. */
function PlanList({ lines }: { lines: readonly PlanLine[] }) {
  return (
    <ol className="oc-plan">
      {lines.map(({ key, title, detail, how, text }) => (
        <li key={key}>
          <b>{title}</b> <small className="oc-quiet">{HOW[how]}</small>
          <p>{detail}</p>
          {text && <blockquote className="oc-quote">{text}</blockquote>}
        </li>
      ))}
    </ol>
  );
}

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

/** Which inboxes get the out-of-office message. */
function InboxChoices({
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
          {plan.inboxesListedAt && (
            <>
              The inboxes are those of <Moment at={plan.inboxesListedAt} />.
            </>
          )}
        </p>
      )}
    </fieldset>
  );
}
