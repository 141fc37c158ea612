import { Form } from '@remix-run/react';
import { doneText } from '../../features/access/done.ts';
import { BackLink } from '../back-link.tsx';
import { Clock } from '../clock.tsx';
import { SelectField, TextField } from '../dead-letters/fields.tsx';
import { PageHeader } from '../page-header.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { Done, Problem, ShownOnce } from './answers.tsx';
import { PersonRow, type ShownPerson } from './person-row.tsx';
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
    <Clock at={at}>
      <div className="oc-page">
        <PageHeader />
        <main id="main" tabIndex={-1} className="oc-main">
          <BackLink to="/">Outage Center</BackLink>
          <h1 className="oc-title">People</h1>
          <Done text={result ? null : doneText(done)} />
          <Problem>{result?.outcome === 'problem' ? result.problem : null}</Problem>
          {result?.outcome === 'link' && (
            <ShownOnce
              label={
                result.what === 'invite' ? `Invitation for ${result.who}` : `New password for ${result.who}`
              }
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
        </main>
      </div>
    </Clock>
  );
}
