import type { ChannelView, ContactView } from '../../../features/incidents/escalation/contacts-view.ts';
import {
  CHANNEL_WORDS,
  CONTACT_KINDS,
  mayBePersonal,
  TEMPLATE_FIELDS,
} from '../../../features/notify/channel.ts';
import type { ContactKind } from '../../../features/notify/message.ts';
import { SubmitButton } from '../../forms/post-form.tsx';
import {
  ContactsArea,
  ContactsChecks,
  ContactsForm,
  ContactsSelect,
  ContactsText,
  useProblemOf,
  useResultOf,
} from './contacts-form.tsx';
import { TestAnswer } from '../../forms/form-fields.tsx';

interface ChannelRowProps {
  contact: ContactView;
  channel: ChannelView;
  /** Its place among the contact's, from 0. */
  place: number;
  /** Whom the buttons name. */
  who: string;
  may: boolean;
}

const PLACES = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];

/** One way to reach somebody: what it is, whether it works, and what can be done with it. */
export function ChannelRow({ contact, channel, place, who, may }: ChannelRowProps) {
  const { id, kind, address, signed, personal, acknowledgesAs, preview, problem } = channel;
  const word = CHANNEL_WORDS[kind];
  const fields = { id: contact.id, version: contact.version, channel: id, kind };
  return (
    <li>
      <div>
        <span>
          <small className="oc-quiet">Tried {PLACES[place] ?? 'last'}:</small> <b>{word}</b> {address}
          {kind === 'webhook' && <small className="oc-quiet"> {signed ? 'signed' : 'not signed'}</small>}
          {signed && kind !== 'webhook' && <small className="oc-quiet"> with a secret</small>}
        </span>
        {problem && <p className="oc-gap">{problem}</p>}
        {preview && (
          <details className="oc-details">
            <summary aria-label={`Preview: ${word} to ${who}`}>Preview</summary>
            <pre className="oc-pre">{preview}</pre>
          </details>
        )}
        {acknowledgesAs && (
          <p className="oc-quiet">Its messages have a link that acknowledges as {acknowledgesAs}.</p>
        )}
        {personal && !acknowledgesAs && (
          <p className="oc-quiet">
            No link that acknowledges:{' '}
            {kind === 'email' ? 'the address is not' : 'none of their e-mail addresses is'} that of an account
            that may.
          </p>
        )}
      </div>
      {may && (
        <div className="oc-contacts-actions">
          <TestButton form={`test-${id}`} fields={fields} label={`${word} to ${who}`} />
          {place > 0 && (
            <ContactsForm verb="raise-channel" form={`raise-${id}`} fields={fields}>
              {(busy) => (
                <SubmitButton size="slim" disabled={busy} aria-label={`Try first: ${word} to ${who}`}>
                  Try first
                </SubmitButton>
              )}
            </ContactsForm>
          )}
          <ChangeChannel fields={fields} channel={channel} label={`${word} to ${who}`} />
        </div>
      )}
    </li>
  );
}

interface ChangeChannelProps {
  fields: Record<string, string | number>;
  channel: ChannelView;
  label: string;
}

function ChangeChannel({ fields, channel: { id, kind, signed, personal }, label }: ChangeChannelProps) {
  const form = `channel-${id}`;
  const failed = useProblemOf(form) !== null;
  return (
    <details className="oc-details" open={failed || undefined}>
      <summary aria-label={`Change or remove: ${label}`}>Change or remove</summary>
      <ContactsForm verb="edit-channel" form={form} fields={fields} className="oc-form">
        {(busy) => (
          <>
            <ContactsText
              label={`New address: ${label}`}
              name="address"
              maxLength={2000}
              hint="Left empty, it stays as it is."
              wide
            />
            {kind === 'template' && <TemplateField label="New template" isKept />}
            {kind in SECRET_HINTS && (
              <>
                <ContactsText
                  label="New secret"
                  name="secret"
                  maxLength={500}
                  hint={`${SECRET_HINTS[kind]} Left empty, it stays as it is.`}
                  wide
                />
                {signed && (
                  <label className="oc-check">
                    <input type="checkbox" name="no_secret" value="yes" />
                    Without a secret from now on
                  </label>
                )}
              </>
            )}
            {mayBePersonal(kind) && <PersonalCheck chosen={personal} />}
            <SubmitButton disabled={busy}>Change the address</SubmitButton>
          </>
        )}
      </ContactsForm>
      <ContactsForm verb="remove-channel" form={`remove-${id}`} fields={fields}>
        {(busy) => (
          <SubmitButton look="critical" size="slim" disabled={busy} aria-label={`Remove ${label}`}>
            Remove
          </SubmitButton>
        )}
      </ContactsForm>
    </details>
  );
}

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
        {channels.length === 0 ? 'Add an address' : 'Add another address'}
      </summary>
      <ContactsForm verb="add-channel" form={form} fields={{ id, version }} className="oc-form">
        {(busy) => (
          <>
            <ContactsSelect label="By" name="kind" defaultValue="email">
              {CONTACT_KINDS.map((kind) => (
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
              hint="E-mail: the address. Slack, Discord, webhooks: the URL to post to. Microsoft Teams: the URL of a workflow that begins with a webhook request. Telegram: the number of a chat that your bot may write to. ntfy: the URL of a topic. PagerDuty: the integration key of Events API v2. Never Chatwoot."
              wide
            />
            <ContactsText
              label="Secret"
              name="secret"
              maxLength={500}
              hint="Webhook that checks signatures: whsec_ and base64. ntfy: an access token. Webhook with a template: its Authorization header. Else nothing."
              wide
            />
            <TemplateField label="Template, for a webhook that has one" />
            <PersonalCheck chosen={false} />
            <SubmitButton disabled={busy}>Add the address</SubmitButton>
          </>
        )}
      </ContactsForm>
    </details>
  );
}

/** What the secret of such a channel is. */
const SECRET_HINTS: Partial<Record<ContactKind, string>> = {
  webhook: 'whsec_ and base64, as Standard Webhooks has it.',
  ntfy: 'An access token, where the topic is reserved.',
  template: 'The whole Authorization header, e.g. Bearer and a token.',
};

/** What a webhook with a template is sent. */
function TemplateField({ label, isKept = false }: { label: string; isKept?: boolean }) {
  return (
    <ContactsArea
      label={label}
      name="template"
      rows={4}
      maxLength={8000}
      spellCheck={false}
      placeholder='{"message": "{{text}}", "alarm": "{{severity}}"}'
      hint={`JSON. Fields within quotes: ${TEMPLATE_FIELDS.map((field) => `{{${field}}}`).join(' ')}. Alone in its quotes a field becomes its own JSON: a number, a list, null.${isKept ? ' Left empty, it stays as it is.' : ''}`}
    />
  );
}

/** Whether messages may have what acknowledges as the contact: where others read along, anybody could. */
function PersonalCheck({ chosen }: { chosen: boolean }) {
  return (
    <ContactsChecks
      legend="Who reads it (an e-mail address says so by itself)"
      name="personal"
      options={[
        { value: 'yes', label: 'Only this person: messages may have a link that acknowledges as them' },
      ]}
      chosen={chosen ? ['yes'] : []}
    />
  );
}

interface TestButtonProps {
  form: string;
  fields: Record<string, string | number>;
  /** Which channel, for those who do not see what it stands beside. */
  label: string;
}

/** Sends a test, and says what the other side answered. */
export function TestButton({ form, fields, label }: TestButtonProps) {
  const result = useResultOf(form);
  return (
    <>
      <ContactsForm verb="test" form={form} fields={fields}>
        {(busy) => (
          <SubmitButton size="slim" disabled={busy} aria-label={`Send a test: ${label}`}>
            {busy ? 'Sending …' : 'Send a test'}
          </SubmitButton>
        )}
      </ContactsForm>
      <div role="status" className="oc-test-answer">
        {result?.outcome === 'tested' && <TestAnswer accepted={result.accepted} answer={result.answer} />}
      </div>
    </>
  );
}
