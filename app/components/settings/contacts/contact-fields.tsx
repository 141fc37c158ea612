import type { ContactView, StepView } from '../../../features/incidents/escalation/contacts-view.ts';
import { MOST_PEOPLE, type RotationView } from '../../../features/incidents/on-call/on-call-view.ts';
import { SEVERITIES } from '../../../lib/severity.ts';
import { causeName } from '../../incidents/incident-words.ts';
import { useZone } from '../../time.tsx';
import { ROLES_LIST } from './contact-row.tsx';
import { ContactsChecks, ContactsSelect, ContactsText, useProblemOf } from './contacts-form.tsx';

/** Whose turn it is when: everything that a rotation says. */
export function RotationFields({ rotation, contacts }: { rotation?: RotationView; contacts: ContactView[] }) {
  const problem = useProblemOf(rotation ? `rotation-${rotation.id}` : 'add-rotation');
  const zone = useZone();
  const chosen = problem
    ? problem.typed.filter(([name]) => name === 'person').map(([, value]) => value)
    : (rotation?.people.map(({ id }) => String(id)) ?? []);
  const places = Math.min(MOST_PEOPLE, Math.max(contacts.length, chosen.length, 2));
  return (
    <div className="oc-stack">
      <div className="oc-filters">
        <RoleText label="Role that is told" role={rotation?.role} />
        <ContactsText
          label="First hand-over: the day"
          name="starts_on"
          type="date"
          required
          defaultValue={rotation?.startsOn}
          hint="Later ones come on the same day of each week."
        />
        <ContactsText
          label="At"
          name="hand_over"
          type="time"
          required
          defaultValue={rotation?.handOver ?? '09:00'}
        />
        <ContactsText
          label="By the clock of"
          name="zone"
          required
          maxLength={64}
          defaultValue={rotation?.zone ?? zone}
          hint="A time zone, e.g. Europe/Berlin."
        />
      </div>
      <fieldset className="oc-fieldset">
        <legend>In turn, a week each</legend>
        {problem?.field === 'person' && (
          <p role="alert" className="oc-problem">
            {problem.problem}
          </p>
        )}
        <ol className="oc-filters oc-plain-list">
          {Array.from({ length: places }, (_, place) => (
            <li key={place}>
              <select name="person" aria-label={`Turn ${place + 1}`} defaultValue={chosen[place] ?? ''}>
                <option value="">Nobody</option>
                <ContactOptions contacts={contacts} />
              </select>
            </li>
          ))}
        </ol>
      </fieldset>
    </div>
  );
}

/** Everybody who can be chosen. */
export const ContactOptions = ({ contacts }: { contacts: ContactView[] }) =>
  contacts.map(({ id, name, role }) => (
    <option key={id} value={id}>
      {name ? `${name}, ${role}` : role}
    </option>
  ));

/** When whom for what: everything that a step of the policy says. */
export function StepFields({ step, causes }: { step?: StepView; causes: readonly string[] }) {
  return (
    <div className="oc-stack">
      <div className="oc-filters">
        <RoleText label="Who: the role" role={step?.role} />
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

/** A role, of those that somebody has or another one. */
const RoleText = ({ label, role }: { label: string; role: string | undefined }) => (
  <ContactsText label={label} name="role" required maxLength={60} list={ROLES_LIST} defaultValue={role} />
);
