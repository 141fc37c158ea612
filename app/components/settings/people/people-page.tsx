import { Form } from '@remix-run/react';
import { Badge } from '@shopify/polaris';
import { doneText } from '../../../features/access/access-words.ts';
import { countText } from '../../../lib/words.ts';
import { Done, Problem, SelectField, ShownOnce, TextField } from '../../forms/form-fields.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';
import { BackLink, Page, Section } from '../../layout/page.tsx';
import { Time } from '../../time.tsx';
import { OpenLinks, type ShownLink } from './open-links.tsx';

export interface PeoplePageProps {
  at: string;
  people: ShownPerson[];
  links: ShownLink[];
  ownId: string | null;
  done: string | null;
  result:
    | { outcome: 'link'; url: string; what: 'invite' | 'reset'; who: string }
    | { outcome: 'problem'; problem: string }
    | null;
}

const ROLES = [
  ['viewer', 'Viewer: reads the page, no message texts'],
  ['responder', 'Responder: also reads texts and replays'],
  ['admin', 'Admin: also discards, and manages people'],
] as const;

/** Who may sign in, with which role; and the links with which somebody can get in. */
export function PeoplePage({ at, people, links, ownId, done, result }: PeoplePageProps) {
  return (
    <Page at={at}>
      <BackLink to="/">Outage Center</BackLink>
      <h1 className="oc-title">People</h1>
      <Done text={result ? null : doneText(done)} />
      <Problem>{result?.outcome === 'problem' ? result.problem : null}</Problem>
      {result?.outcome === 'link' && (
        <ShownOnce
          label={result.what === 'invite' ? `Invitation for ${result.who}` : `New password for ${result.who}`}
          value={result.url}
          hint={
            result.what === 'invite'
              ? 'Send this link to that person only. It works once, for 7 days, and is not shown again.'
              : 'Send this link to that person only. It works once, for 24 hours, and is not shown again.'
          }
        />
      )}
      <Section id="invite" title="Invite somebody">
        <Form method="post" action="/people" className="oc-filters">
          <input type="hidden" name="do" value="invite" />
          <TextField label="E-mail address" name="email" type="email" autoComplete="off" required wide />
          <SelectField label="Role" name="role" defaultValue="responder">
            {ROLES.map(([role, words]) => (
              <option key={role} value={role}>
                {words}
              </option>
            ))}
          </SelectField>
          <SubmitButton look="primary">Make an invitation link</SubmitButton>
        </Form>
      </Section>
      {links.length > 0 && <OpenLinks links={links} />}
      <Section id="people" title="People">
        <ul className="oc-people">
          {people.map((person) => (
            <PersonRow key={person.id} person={person} own={person.id === ownId} />
          ))}
        </ul>
      </Section>
    </Page>
  );
}

interface ShownPerson {
  id: string;
  name: string;
  email: string;
  role: string;
  secondFactor: boolean;
  singleSignOn: boolean;
  sessions: number;
  lastSeenAt: string | null;
  deactivatedAt: string | null;
}

/** One person, and what an admin can do about them; each a form of its own. */
function PersonRow({ person, own }: { person: ShownPerson; own: boolean }) {
  const { id, name, email, role, secondFactor, singleSignOn, sessions, lastSeenAt, deactivatedAt } = person;
  const what = (verb: string, words: string, look?: 'secondary' | 'critical') => (
    <Form method="post" action="/people">
      <input type="hidden" name="do" value={verb} />
      <input type="hidden" name="person" value={id} />
      <input type="hidden" name="name" value={name} />
      <SubmitButton size="slim" look={look} aria-label={`${words}: ${name}`}>
        {words}
      </SubmitButton>
    </Form>
  );
  return (
    <li>
      <div>
        <b>{name}</b> {own && <Badge>You</Badge>} {deactivatedAt && <Badge tone="warning">Deactivated</Badge>}{' '}
        {secondFactor && <Badge tone="success">Second factor</Badge>}{' '}
        {singleSignOn && <Badge>Single sign-on</Badge>}
        <small>
          {email}, {role}
        </small>
        <small>
          {countText(sessions, 'session')}
          {lastSeenAt && (
            <>
              , signed in <Time at={lastSeenAt} />
            </>
          )}
        </small>
      </div>
      <div className="oc-row">
        {deactivatedAt ? (
          what('reactivate', 'Reactivate')
        ) : (
          <>
            <Form method="post" action="/people" className="oc-row">
              <input type="hidden" name="do" value="role" />
              <input type="hidden" name="person" value={id} />
              <SelectField label={`Role of ${name}`} name="role" defaultValue={role} key={role}>
                <option value="viewer">Viewer</option>
                <option value="responder">Responder</option>
                <option value="admin">Admin</option>
              </SelectField>
              <SubmitButton size="slim" aria-label={`Change the role of ${name}`}>
                Change role
              </SubmitButton>
            </Form>
            {what('sign-out', 'Sign out everywhere')}
            {singleSignOn && what('unlink', 'Unlink single sign-on')}
            {what('reset', 'New password link')}
            {what('deactivate', 'Deactivate', 'critical')}
          </>
        )}
      </div>
    </li>
  );
}
