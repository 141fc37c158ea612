import { Form } from '@remix-run/react';
import type { ContactsView, StepView } from '../../../features/incidents/escalation/contacts-view.ts';
import { SelectField } from '../../forms/form-fields.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';
import { causeName } from '../../incidents/incident-words.ts';
import { Ladder } from '../../incidents/ladder.tsx';
import { Section } from '../../layout/page.tsx';
import { ContactsForm, useProblemOf } from './contacts-form.tsx';
import { StepFields } from './contact-fields.tsx';

interface PolicyProps {
  steps: StepView[];
  causes: string[];
  /** Roles that nobody can be reached for. */
  missing: ReadonlySet<string>;
  may: boolean;
}

/** The escalation policy: who is told when, and for what. */
export function Policy({ steps, causes, missing, may }: PolicyProps) {
  const failed = useProblemOf('add-step') !== null;
  return (
    <Section
      id="policy"
      title="Escalation policy"
      hint="Time counts from the first failed check, not from when somebody noticed. Each step tells the people of its role once; acknowledging stops the steps that are not marked otherwise."
    >
      {steps.length === 0 && (
        <p className="oc-gap">There is no step: nobody is told but the channels above.</p>
      )}
      <ol className="oc-steps-list">
        {steps.map((step, place) => (
          <Step
            key={`${step.id}-${step.version}`}
            step={step}
            isFirst={place === 0}
            causes={causes}
            missing={missing.has(step.role)}
            may={may}
          />
        ))}
      </ol>
      {may && (
        // Once there is one more, the form is empty again.
        <details className="oc-details" open={failed || undefined} key={steps.map(({ id }) => id).join()}>
          <summary>Add a step</summary>
          <ContactsForm verb="add-step" form="add-step">
            {(busy) => (
              <>
                <StepFields causes={causes} />
                <SubmitButton look="primary" disabled={busy}>
                  Add the step
                </SubmitButton>
              </>
            )}
          </ContactsForm>
        </details>
      )}
    </Section>
  );
}

interface StepProps {
  step: StepView;
  isFirst: boolean;
  causes: string[];
  missing: boolean;
  may: boolean;
}

function Step({ step, isFirst, causes, missing, may }: StepProps) {
  const { id, version, role, reason } = step;
  const form = `step-${id}`;
  const failed = useProblemOf(form) !== null;
  const label = `${role} ${whenWords(step)}`;
  return (
    <li id={form}>
      <div>
        <p>
          <b>
            {role} {whenWords(step)}
          </b>{' '}
          {forWhat(step)}
        </p>
        <p className="oc-quiet">
          {step.whenAcknowledged ? 'Also when somebody is on it. ' : 'Not when somebody is on it. '}
          {reason}
        </p>
        {missing && <p className="oc-gap">Nobody can be reached for this role.</p>}
      </div>
      {may && (
        <div className="oc-contacts-actions">
          {!isFirst && (
            <ContactsForm verb="move-step" form={`move-${id}`} fields={{ id, version }}>
              {(busy) => (
                <SubmitButton size="slim" disabled={busy} aria-label={`Move up: ${label}`}>
                  Move up
                </SubmitButton>
              )}
            </ContactsForm>
          )}
          <details className="oc-details" open={failed || undefined}>
            <summary aria-label={`Change or remove: ${label}`}>Change or remove</summary>
            <ContactsForm verb="edit-step" form={form} fields={{ id, version }}>
              {(busy) => (
                <>
                  <StepFields step={step} causes={causes} />
                  <SubmitButton disabled={busy}>Change the step</SubmitButton>
                </>
              )}
            </ContactsForm>
            <ContactsForm verb="remove-step" form={`remove-step-${id}`} fields={{ id, version }}>
              {(busy) => (
                <SubmitButton
                  look="critical"
                  size="slim"
                  disabled={busy}
                  aria-label={`Remove the step: ${label}`}
                >
                  Remove the step
                </SubmitButton>
              )}
            </ContactsForm>
          </details>
        </div>
      )}
    </li>
  );
}

const whenWords = ({ afterMinutes }: StepView) =>
  afterMinutes === 0 ? 'at once' : `after ${afterMinutes} min`;

function forWhat({ severities, causes, hosting }: StepView): string {
  const what = causes.length === 0 ? 'whatever the cause' : `only for ${causes.map(causeName).join(', ')}`;
  const where =
    hosting === null
      ? ''
      : hosting === 'saas'
        ? ', only in Chatwoot’s own cloud'
        : ', only where it is self-hosted';
  return `${severities.join(', ')}; ${what}${where}`;
}

/** Who would be told when, and why, if an outage began as this page was opened. */
export function Preview({ preview, causes }: { preview: ContactsView['preview']; causes: string[] }) {
  const { severity, cause, acknowledged, ladder } = preview;
  return (
    <Section
      id="preview"
      title="Who would be told when, and why"
      hint="As if the first check had failed when this page was opened. Nobody is told by this."
    >
      <Form method="get" action="/contacts" preventScrollReset className="oc-filters">
        <SelectField label="Severity" name="severity" defaultValue={severity}>
          <option>P0</option>
          <option>P1</option>
          <option>P2</option>
        </SelectField>
        <SelectField label="Outage of" name="cause" defaultValue={cause}>
          {causes.map((one) => (
            <option key={one} value={one}>
              {causeName(one)}
            </option>
          ))}
        </SelectField>
        <label className="oc-check">
          <input type="checkbox" name="acknowledged" value="yes" defaultChecked={acknowledged} />
          Somebody has acknowledged it
        </label>
        <SubmitButton>Preview</SubmitButton>
      </Form>
      <Ladder ladder={ladder} />
    </Section>
  );
}
