import type { ReactNode } from 'react';
import { Clock } from './clock.tsx';
import { LiveBadge } from './live/live-badge.tsx';
import { Notice } from './notice.tsx';
import { PageHeader } from './page-header.tsx';

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
        <Notice />
      </div>
    </Clock>
  );
}
