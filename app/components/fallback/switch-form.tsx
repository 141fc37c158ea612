import type { FallbackPlan, FallbackState } from '../../features/fallback/fallback-view.ts';
import { TextField } from '../dead-letters/fields.tsx';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { ToneWord } from '../tone.tsx';
import { InboxChoices } from './inbox-choices.tsx';
import { PlanList } from './plan-list.tsx';

interface SwitchFormProps {
  state: FallbackState;
  plan: FallbackPlan;
  checklist: { open: boolean; items: string[] };
}

/** The exact list first, then the click. */
export function SwitchForm({ state, plan, checklist }: SwitchFormProps) {
  const to = plan.direction;
  return (
    <Section id="switch" title={to === 'on' ? 'Switch it on' : 'Switch it off'} hint="This will happen:">
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
            <TextField label="Reason" name="reason" required maxLength={500} autoComplete="off" />
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
    </Section>
  );
}

function Checklist({ open, items }: SwitchFormProps['checklist']) {
  if (!open) return <ToneWord tone="good">The restore checklist is done</ToneWord>;
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
