import { NavLink, useLocation } from '@remix-run/react';
import { usePerson } from '../access/person.ts';
import { PLACES } from './places.ts';

/**
 * The way to every page that the role may see. On a narrow screen it folds into a menu, which the browser itself opens
 * and closes; the style sheet keeps it open where there is room.
 */
export function Navigation() {
  const person = usePerson();
  const { pathname } = useLocation();
  if (!person) return null;
  const places = PLACES.filter(({ permission }) => person.permissions.includes(permission));
  return (
    // Another page, another menu: it closes when it has led somewhere.
    <details className="oc-menu" key={pathname}>
      <summary>Menu</summary>
      <nav aria-label="Pages">
        <ul>
          {places.map(({ to, label }) => (
            <li key={to}>
              <NavLink to={to} end={to === '/'}>
                {label}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
    </details>
  );
}
