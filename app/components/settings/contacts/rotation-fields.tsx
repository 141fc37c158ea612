import type { ContactView } from '../../../features/incidents/escalation/contacts-view.ts';
import { MOST_PEOPLE, type RotationView } from '../../../features/incidents/on-call/on-call-view.ts';
import { useZone } from '../../time.tsx';
import { ROLES_LIST } from './contact-row.tsx';
import { ContactsText, useProblemOf } from './contacts-form.tsx';

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
        <ContactsText
          label="Role that is told"
          name="role"
          required
          maxLength={60}
          list={ROLES_LIST}
          defaultValue={rotation?.role}
        />
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
