import type { StepView } from '../../../features/incidents/escalation/contacts-view.ts';
import { SEVERITIES } from '../../../lib/severity.ts';
import { causeName } from '../../incidents/incident-words.ts';
import { ROLES_LIST } from './contact-row.tsx';
import { ContactsChecks, ContactsSelect, ContactsText } from './contacts-form.tsx';

/** When whom for what: everything that a step of the policy says. */
export function StepFields({ step, causes }: { step?: StepView; causes: readonly string[] }) {
  return (
    <div className="oc-stack">
      <div className="oc-filters">
        <ContactsText
          label="Who: the role"
          name="role"
          required
          maxLength={60}
          list={ROLES_LIST}
          defaultValue={step?.role}
        />
        <ContactsText
          label="After so many minutes"
          name="after_minutes"
          type="number"
          min={0}
          max={10_080}
          step={1}
          required
          defaultValue={step?.afterMinutes ?? 10}
        />
        <ContactsSelect label="Where Chatwoot runs" name="hosting" defaultValue={step?.hosting ?? ''}>
          <option value="">Wherever it runs</option>
          <option value="self_hosted">Only where it is self-hosted</option>
          <option value="saas">Only where it is Chatwoot’s own cloud</option>
        </ContactsSelect>
      </div>
      <ContactsChecks
        legend="Severity"
        name="severity"
        options={SEVERITIES.map((value) => ({ value, label: value }))}
        chosen={step?.severities ?? ['P0']}
      />
      <ContactsChecks
        legend="Only for outages of (none chosen: whatever the cause)"
        name="cause"
        options={causes.map((value) => ({ value, label: causeName(value) }))}
        chosen={step?.causes ?? []}
      />
      <ContactsChecks
        legend="When somebody is on it already"
        name="when_acknowledged"
        options={[{ value: 'yes', label: 'Tell them all the same' }]}
        chosen={step?.whenAcknowledged ? ['yes'] : []}
      />
      <ContactsText
        label="Why: it stands in the message"
        name="reason"
        required
        maxLength={200}
        defaultValue={step?.reason}
        wide
      />
    </div>
  );
}
