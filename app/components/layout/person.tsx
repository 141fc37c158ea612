import { Form, Link, useRouteLoaderData } from '@remix-run/react';
import type { Permission } from '../../features/access/permissions.ts';
import { visible } from '../../lib/visible.ts';

/** Who is signed in, as the root's loader tells. */
export interface Person {
  name: string;
  role: string;
  permissions: Permission[];
  /** Their role asks for a second factor that they have not turned on. */
  needsSecondFactor?: boolean;
}

export function usePerson(): Person | null {
  const data: unknown = useRouteLoaderData('root');
  return (data as { person?: Person | null } | undefined)?.person ?? null;
}

/** Whether to show what needs a right. The server asks again: this only spares people buttons that lead nowhere. */
export function useMay(permission: Permission): boolean {
  return usePerson()?.permissions.includes(permission) ?? false;
}

/** Somebody's name, whatever they called themselves: one written from right to left turns nothing around it (bdi). */
export function PersonName({ name }: { name: string }) {
  return <bdi>{visible(name)}</bdi>;
}

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
