import { Badge } from '@shopify/polaris';
import type { ContactView } from '../../features/incidents/contacts/contacts-view.ts';
import { SubmitButton } from '../submit-button.tsx';
import { AddChannel } from './add-channel.tsx';
import { ChannelRow } from './channel-row.tsx';
import { ContactFields } from './contact-fields.tsx';
import { ContactsForm, useProblemOf } from './contacts-form.tsx';

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
