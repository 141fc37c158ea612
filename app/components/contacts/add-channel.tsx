import type { ContactView } from '../../features/incidents/contacts/contacts-view.ts';
import { CHANNEL_WORDS } from '../../features/notify/channel-words.ts';
import { SubmitButton } from '../submit-button.tsx';
import { ContactsForm, ContactsSelect, ContactsText, useProblemOf } from './contacts-form.tsx';

/** Adds a way to reach somebody: the last to be tried. */
export function AddChannel({
  contact: { id, version, channels },
  who,
}: {
  contact: ContactView;
  who: string;
}) {
  const form = `add-channel-${id}`;
  const failed = useProblemOf(form) !== null;
  return (
    <details className="oc-details" open={failed || undefined}>
      <summary aria-label={`Add an address: ${who}`}>
        {channels.length === 0 ? 'Add an address' : 'Add another address, in case the first fails'}
      </summary>
      <ContactsForm verb="add-channel" form={form} fields={{ id, version }} className="oc-form">
        {(busy) => (
          <>
            <ContactsSelect label="By" name="kind" defaultValue="email">
              {(['email', 'slack', 'pagerduty', 'webhook'] as const).map((kind) => (
                <option key={kind} value={kind}>
                  {CHANNEL_WORDS[kind]}
                </option>
              ))}
            </ContactsSelect>
            <ContactsText
              label="Address or key"
              name="address"
              required
              maxLength={2000}
              hint="E-mail: the address. Slack: the URL of an incoming webhook. PagerDuty: the integration key of Events API v2. Webhook: the URL to post to. Never Chatwoot."
              wide
            />
            <ContactsText
              label="Secret of a webhook"
              name="secret"
              maxLength={500}
              hint="Only for a webhook that checks signatures: whsec_ and base64."
              wide
            />
            <SubmitButton disabled={busy}>Add the address</SubmitButton>
          </>
        )}
      </ContactsForm>
    </details>
  );
}
