import { Form, Link } from '@remix-run/react';
import { usePerson } from './person.ts';

/** Who is signed in, and where that leads; plain links, so that it works without JavaScript and with a keyboard. */
export function PersonMenu() {
  const person = usePerson();
  if (!person) return null;
  return (
    <nav className="oc-person" aria-label="Account">
      <Link to="/account">
        {person.name} <span className="oc-quiet">({person.role})</span>
      </Link>
      <Form method="post" action="/sign-out">
        <button type="submit" className="oc-plain-button">
          Sign out
        </button>
      </Form>
    </nav>
  );
}
