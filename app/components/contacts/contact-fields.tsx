import type { ContactView } from '../../features/incidents/contacts/contacts-view.ts';
import { ContactsSelect, ContactsText } from './contacts-form.tsx';

/** Ids of the lists that fields suggest from. */
export const ROLES_LIST = 'contacts-roles';

/** Role, name and audience of somebody. */
export function ContactFields({ contact }: { contact?: ContactView }) {
  return (
    <div className="oc-filters">
      <ContactsText
        label="Role"
        name="role"
        required
        maxLength={60}
        list={ROLES_LIST}
        defaultValue={contact?.role}
      />
      <ContactsText label="Name" name="name" maxLength={100} defaultValue={contact?.name} />
      <ContactsSelect label="Is told as" name="audience" defaultValue={contact?.audience ?? 'responder'}>
        <option value="responder">Responder: works on it</option>
        <option value="executive">Executive: needs to know</option>
      </ContactsSelect>
    </div>
  );
}
