import { Link, useLocation } from '@remix-run/react';
import {
  type ContactGap,
  contactsDoneText,
  type ContactsResult,
  type ContactsView,
  type EnvironmentChannelView,
} from '../../../features/incidents/escalation/contacts-view.ts';
import { CHANNEL_WORDS } from '../../../features/notify/channel.ts';
import { SubmitButton } from '../../forms/post-form.tsx';
import { NotificationLog } from '../../incidents/notification-log.tsx';
import { BackLink, Page, Section } from '../../layout/page.tsx';
import { useMay } from '../../layout/person.tsx';
import { ToneIcon } from '../../tone.tsx';
import { TestButton } from './channel-row.tsx';
import { ContactFields, ContactRow, ROLES_LIST } from './contact-row.tsx';
import { ContactsForm, ResultContext, useProblemOf } from './contacts-form.tsx';
import { OnCallSection } from './on-call.tsx';
import { Policy, Preview } from './policy.tsx';

export interface ContactsPageProps {
  at: string;
  view: ContactsView;
  done: string | null;
  result: ContactsResult | null;
}

/** Who is told of an outage, how, when and why; and what was told last. */
export function ContactsPage({ at, view, done, result }: ContactsPageProps) {
  const { contacts, steps, gaps, rotations, environment, roles, causes, preview, recent } = view;
  const may = useMay('contacts.manage');
  return (
    <Page at={at}>
      <ResultContext.Provider value={result}>
        <BackLink to="/">Outage Center</BackLink>
        <h1 className="oc-title">Contacts and escalation</h1>
        <DoneNotice text={result ? null : contactsDoneText(done)} />
        <Gaps gaps={gaps} />
        {!may && <p className="oc-hint">Your role reads this page; an admin changes it.</p>}
        <datalist id={ROLES_LIST}>
          {roles.map((role) => (
            <option key={role} value={role} />
          ))}
        </datalist>
        <Section
          id="contacts"
          title="Contacts"
          hint="Each is told over the first address. The next one is used when that one refuses, or has failed for 2 minutes."
        >
          <ul className="oc-contacts">
            {contacts.map((contact) => (
              // A changed contact is drawn anew, so that its forms are empty and closed.
              <ContactRow key={`${contact.id}-${contact.version}`} contact={contact} may={may} />
            ))}
          </ul>
          {may && <AddContact key={contacts.map(({ id }) => id).join()} />}
        </Section>
        <OnCallSection rotations={rotations} contacts={contacts} may={may} />
        <TeamChannels channels={environment} may={may} />
        <Policy steps={steps} causes={causes} missing={new Set(gaps.map(({ role }) => role))} may={may} />
        <Preview
          key={JSON.stringify([preview.severity, preview.cause, preview.acknowledged])}
          preview={preview}
          causes={causes}
        />
        <NotificationLog
          notifications={recent}
          title="Last messages"
          newestFirst
          empty="No message has been sent yet. Send a test above to see that one arrives."
        />
      </ResultContext.Provider>
    </Page>
  );
}

/** In view wherever on this long page the form was. */
function DoneNotice({ text }: { text: string | null }) {
  const { key } = useLocation();
  return (
    <div role="status" className="oc-notice-region" key={key}>
      {text && (
        <div className="oc-notice oc-band-good">
          <ToneIcon tone="good" />
          <p>{text}</p>
          <Link to="/contacts" replace preventScrollReset>
            Dismiss
          </Link>
        </div>
      )}
    </div>
  );
}

function Gaps({ gaps }: { gaps: ContactGap[] }) {
  if (gaps.length === 0) return null;
  return (
    <section className="oc-warning oc-band-critical" aria-label="Gaps">
      <ToneIcon tone="critical" />
      <div>
        <strong>
          In an outage nobody can be told for {gaps.length === 1 ? 'this role' : 'these roles'}:
        </strong>
        <ul className="oc-plain-list oc-gaps">
          {gaps.map(({ role, reason }) => (
            <li key={role}>
              <b>{role}.</b> {reason}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function AddContact() {
  const failed = useProblemOf('add-contact') !== null;
  return (
    <details className="oc-details" open={failed || undefined}>
      <summary>Add a contact</summary>
      <ContactsForm verb="add-contact" form="add-contact">
        {(busy) => (
          <>
            <ContactFields />
            <SubmitButton look="primary" disabled={busy}>
              Add the contact
            </SubmitButton>
          </>
        )}
      </ContactsForm>
    </details>
  );
}

/** The channels of the environment: told of every incident and warning, whoever is to be told besides. */
function TeamChannels({ channels, may }: { channels: EnvironmentChannelView[]; may: boolean }) {
  const [set, unset] = [true, false].map((isSet) =>
    channels.filter(({ address }) => (address !== null) === isSet),
  ) as [EnvironmentChannelView[], EnvironmentChannelView[]];
  return (
    <Section
      id="team"
      title="Told of everything"
      hint="These are set in the app’s environment and hear of every incident and warning. Addresses that are secrets are never shown whole."
    >
      {set.length === 0 && <p className="oc-gap">None is set: only the contacts are told.</p>}
      <ul className="oc-channels">
        {set.map(({ kind, address, problem }) => (
          <li key={kind}>
            <div>
              <b>{CHANNEL_WORDS[kind]}</b> {address}
              {problem && <p className="oc-gap">{problem}</p>}
            </div>
            {may && (
              <div className="oc-contacts-actions">
                <TestButton
                  form={`test-${kind}`}
                  fields={{ kind }}
                  label={`${CHANNEL_WORDS[kind]} of the team`}
                />
              </div>
            )}
          </li>
        ))}
      </ul>
      {unset.length > 0 && (
        <details className="oc-details">
          <summary>Not set: {unset.map(({ kind }) => CHANNEL_WORDS[kind]).join(', ')}</summary>
          <ul className="oc-list">
            {unset.map(({ kind, settings, problem }) => (
              <li key={kind}>
                {CHANNEL_WORDS[kind]}: <code>{settings}</code>
                {problem && <p className="oc-gap">{problem}</p>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}
