import { Badge } from '@shopify/polaris';
import type { ContactView } from '../../../features/incidents/escalation/contacts-view.ts';
import { SubmitButton } from '../../forms/post-form.tsx';
import { AddChannel, ChannelRow } from './channel-row.tsx';
import { ContactsForm, ContactsSelect, ContactsText, useProblemOf } from './contacts-form.tsx';

/** Somebody who is told in an outage, and how they are reached; what is still to be done about them is red. */
export function ContactRow({ contact, may }: { contact: ContactView; may: boolean }) {
  const { id, role, name, audience, channels } = contact;
  const who = name ? `${name}, ${role}` : role;
  return (
    <li id={`contact-${id}`}>
      <h3>
        {role}: {name || <span className="oc-gap">TBD, nobody is named</span>}{' '}
        <Badge>{audience === 'executive' ? 'Executive' : 'Responder'}</Badge>
      </h3>
      {channels.length === 0 && <p className="oc-gap">TBD: there is no address yet, so nobody is told.</p>}
      <ol className="oc-channels">
        {channels.map((channel, place) => (
          <ChannelRow
            key={channel.id}
            contact={contact}
            channel={channel}
            place={place}
            who={who}
            may={may}
          />
        ))}
      </ol>
      {may && (
        <div className="oc-contacts-actions">
          <AddChannel contact={contact} who={who} />
          <ChangeContact contact={contact} who={who} />
        </div>
      )}
    </li>
  );
}

function ChangeContact({ contact, who }: { contact: ContactView; who: string }) {
  const { id, version } = contact;
  const form = `contact-${id}`;
  const failed = useProblemOf(form) !== null;
  return (
    <details className="oc-details" open={failed || undefined}>
      <summary aria-label={`Change or remove: ${who}`}>Change or remove</summary>
      <ContactsForm verb="edit-contact" form={form} fields={{ id, version }}>
        {(busy) => (
          <>
            <ContactFields contact={contact} />
            <SubmitButton disabled={busy}>Change the contact</SubmitButton>
          </>
        )}
      </ContactsForm>
      <ContactsForm verb="remove-contact" form={`remove-contact-${id}`} fields={{ id, version }}>
        {(busy) => (
          <SubmitButton look="critical" size="slim" disabled={busy} aria-label={`Remove ${who}`}>
            Remove the contact
          </SubmitButton>
        )}
      </ContactsForm>
    </details>
  );
}

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
