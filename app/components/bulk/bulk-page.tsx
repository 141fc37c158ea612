import type { ReactNode } from 'react';
import { BackLink } from '../back-link.tsx';
import { Clock } from '../clock.tsx';
import { PageHeader } from '../page-header.tsx';

interface BulkPageProps {
  at: string;
  title: string;
  back: string;
  /** The selection was not understood, in a sentence. */
  problem: string | null;
  children: ReactNode;
}

/** A step in between: what an action on many would do, and the button that does it. */
export function BulkPage({ at, title, back, problem, children }: BulkPageProps) {
  return (
    <Clock at={at}>
      <div className="oc-page oc-page-narrow">
        <PageHeader />
        <main id="main" tabIndex={-1} className="oc-main">
          <BackLink to={back}>Dead letters</BackLink>
          <section className="oc-card">
            <div className="oc-card-head">
              <h1>{title}</h1>
            </div>
            {problem === null ? (
              children
            ) : (
              <p className="oc-problem">{problem} Go back and tick some rows first.</p>
            )}
          </section>
        </main>
      </div>
    </Clock>
  );
}
