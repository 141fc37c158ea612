import { NavLink, useLocation } from '@remix-run/react';
import { useEffect, useRef } from 'react';
import type { Permission } from '../../features/access/permissions.ts';
import { usePerson } from './person.tsx';

/**
 * The way to every page that the role may see. On a narrow screen it folds into a menu, which the browser itself opens
 * and closes, Escape and a tap beside it too; the style sheet keeps it open where there is room.
 */
export function Navigation() {
  const person = usePerson();
  const { pathname } = useLocation();
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const closeBeside = (event: Event) => {
      if (menu.current?.open && !menu.current.contains(event.target as Node)) menu.current.open = false;
    };
    const closeByKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !menu.current?.open) return;
      menu.current.open = false;
      menu.current.querySelector('summary')?.focus();
    };
    document.addEventListener('pointerdown', closeBeside);
    document.addEventListener('keydown', closeByKey);
    return () => {
      document.removeEventListener('pointerdown', closeBeside);
      document.removeEventListener('keydown', closeByKey);
    };
  }, []);
  if (!person) return null;
  const places = PLACES.filter(({ permission }) => person.permissions.includes(permission));
  return (
    // Another page, another menu: it closes when it has led somewhere.
    <details className="oc-menu" key={pathname} ref={menu}>
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

/** A page that the header leads to. */
interface Place {
  to: string;
  label: string;
  /** Whoever lacks it is not led there. */
  permission: Permission;
}

/** Every page of the app, in the order in which they are needed during an outage. */
const PLACES: readonly Place[] = [
  { to: '/', label: 'Overview', permission: 'page.read' },
  { to: '/incidents', label: 'Incidents', permission: 'page.read' },
  { to: '/waiting', label: 'Customers waiting', permission: 'page.read' },
  { to: '/fallback', label: 'Fallback', permission: 'page.read' },
  { to: '/recovery', label: 'Recovery', permission: 'page.read' },
  { to: '/tickets', label: 'Tickets', permission: 'page.read' },
  { to: '/health', label: 'Health', permission: 'page.read' },
  { to: '/alerts', label: 'Alert rules', permission: 'page.read' },
  { to: '/contacts', label: 'Contacts', permission: 'page.read' },
  { to: '/drill', label: 'Drill', permission: 'page.read' },
  { to: '/people', label: 'People', permission: 'people.manage' },
  { to: '/audit', label: 'Audit log', permission: 'audit.read' },
];
