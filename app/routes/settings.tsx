import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { Link, useLoaderData } from '@remix-run/react';
import { Page } from '../components/layout/page.tsx';
import { PersonMenu, usePerson } from '../components/layout/person.tsx';
import { SETTINGS } from '../components/layout/places.ts';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { authorize } from '../features/access/authorize.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Settings');

export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'page.read');
  return json(
    { at: context.services.db.clock.now().toISOString() },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

/** The way to everything that is set up and looked into in quiet times; on a phone also to one's account. */
export default function Settings() {
  const { at } = useLoaderData<typeof loader>();
  const person = usePerson();
  const places = SETTINGS.filter(({ permission }) => person?.permissions.includes(permission));
  return (
    <Page at={at} narrow>
      <h1 className="oc-title">Settings</h1>
      <ul className="oc-card oc-settings">
        {places.map(({ to, label, about }) => (
          <li key={to}>
            <Link to={to} className="oc-strong-link">
              {label}
            </Link>
            <p className="oc-hint">{about}</p>
          </li>
        ))}
      </ul>
      <div className="oc-settings-person">
        <PersonMenu />
      </div>
    </Page>
  );
}
