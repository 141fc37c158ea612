import { Link } from '@remix-run/react';
import { Icon } from '@shopify/polaris';
import { ArrowLeftIcon } from '@shopify/polaris-icons';
import type { ReactNode } from 'react';
import { Clock } from '../time.tsx';
import { ActionNotice } from './action-notice.tsx';

interface PageProps {
  /** The server's time when the data was read, ISO. */
  at: string;
  /** Its data is read again when something changes; not where somebody writes for longer. */
  live?: boolean;
  /** As wide as a text is read best. */
  narrow?: boolean;
  children: ReactNode;
}

/** A page inside the shell: its clock, what is on it, and what the last action did. */
export function Page({ at, live = false, narrow = false, children }: PageProps) {
  return (
    <Clock at={at}>
      <div className={narrow ? 'oc-page oc-page-narrow' : 'oc-page'}>
        <main id="main" tabIndex={-1} className="oc-main" data-live={live || undefined}>
          {children}
        </main>
        <ActionNotice />
      </div>
    </Clock>
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
