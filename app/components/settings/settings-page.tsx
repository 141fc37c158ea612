import { Link } from '@remix-run/react';
import { Page } from '../layout/page.tsx';
import { PersonMenu, usePerson } from '../layout/person.tsx';
import { SETTINGS } from '../layout/places.ts';

/** The way to everything that is set up and looked into in quiet times; on a phone also to one's account. */
export function SettingsPage({ at }: { at: string }) {
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
