import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import { PersonMenu } from './access/person-menu.tsx';
import { Navigation } from './navigation/navigation.tsx';

/** Name of the app and what stands beside it; the name is the page's heading where the page has no other. */
export function PageHeader({ heading = false, children }: { heading?: boolean; children?: ReactNode }) {
  const name = (
    <Link to="/" className="oc-brand">
      <img src="/favicon.svg" alt="" width="28" height="28" />
      Outage Center
    </Link>
  );
  return (
    <header className="oc-header">
      {heading ? <h1>{name}</h1> : <div>{name}</div>}
      <div className="oc-header-side">
        {children}
        <PersonMenu />
      </div>
      <Navigation />
    </header>
  );
}
