import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Badge } from '@shopify/polaris';
import { Done, Problem, SelectField, ShownOnce, TextField } from '../components/forms/form-fields.tsx';
import { SubmitButton } from '../components/forms/post-form.tsx';
import { BackLink, Page, Section } from '../components/layout/page.tsx';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { OpenLinks } from '../components/settings/people/open-links.tsx';
import { Time } from '../components/time.tsx';
import { doneText } from '../features/access/access-words.ts';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { changePeopleByForm, listPeople } from '../features/access/people/people-page.server.ts';
import { countText } from '../lib/words.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'People');

const NO_STORE = { 'Cache-Control': 'no-store' };

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'people.manage');
  const now = args.context.services.db.clock.now();
  const listing = await listPeople(args.context.services, now);
  const done = new URL(args.request.url).searchParams.get('done');
  return json({ at: now.toISOString(), ...listing, ownId: asker.personId, done }, { headers: NO_STORE });
}

export async function action(args: ActionFunctionArgs) {
  const { context } = args;
  const { actor, form } = await authorizeForm(args, 'people.manage');
  const result = await changePeopleByForm(context, {
    fields: form.fields,
    actor,
    now: context.services.db.clock.now(),
  });
  if (result.outcome === 'done') return redirect(`/people?done=${result.done}`, 303);
  const status = result.outcome === 'link' ? 200 : result.status;
  return json(result, { status, headers: NO_STORE });
}

const ROLES = [
  ['viewer', 'Viewer: reads the page, no message texts'],
  ['responder', 'Responder: also reads texts and replays'],
  ['admin', 'Admin: also discards, and manages people'],
] as const;

/** Who may sign in, with which role; and the links with which somebody can get in. */
export default function People() {
  const { at, people, links, ownId, done } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>() ?? null;
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
