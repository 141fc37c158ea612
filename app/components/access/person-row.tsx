import { Form } from '@remix-run/react';
import { Badge } from '@shopify/polaris';
import { countText } from '../../features/overview/words.ts';
import { SelectField } from '../dead-letters/fields.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { Time } from '../time.tsx';

export interface ShownPerson {
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
export function PersonRow({ person, own }: { person: ShownPerson; own: boolean }) {
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
