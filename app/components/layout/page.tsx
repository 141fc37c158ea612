import { Link } from '@remix-run/react';
import { Icon } from '@shopify/polaris';
import { ArrowLeftIcon } from '@shopify/polaris-icons';
import type { ReactNode } from 'react';
import { Clock } from '../time.tsx';
import { ActionNotice } from './action-notice.tsx';
import { LiveBadge } from './live-badge.tsx';
import { Navigation } from './navigation.tsx';
import { PersonMenu } from './person.tsx';

interface PageProps {
  /** The server's time when the data was read, ISO. */
  at: string;
  /** Reads its data again when something changes. */
  live?: boolean;
  children: ReactNode;
}

/** Frame of a page: header, clock, what is on it, and what the last action did. */
export function Page({ at, live = false, children }: PageProps) {
  return (
    <Clock at={at}>
      <div className="oc-page">
        <PageHeader>{live && <LiveBadge />}</PageHeader>
        <main id="main" tabIndex={-1} className="oc-main">
          {children}
        </main>
        <ActionNotice />
      </div>
    </Clock>
  );
}

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

export function BackLink({ to, children }: { to: string; children: string }) {
  return (
    <Link to={to} className="oc-back">
      <span aria-hidden="true">
        <Icon source={ArrowLeftIcon} />
      </span>
      {children}
    </Link>
  );
}
