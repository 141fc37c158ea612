import type { ReactNode } from 'react';
import { PageHeader } from '../page-header.tsx';
import { Problem } from './answers.tsx';

interface AccessPageProps {
  title: string;
  /** What went wrong with the form that was just sent, in a sentence. */
  problem?: string | null;
  children: ReactNode;
}

/** A page with one form in the middle: sign in, accept a link. */
export function AccessPage({ title, problem, children }: AccessPageProps) {
  return (
    <div className="oc-page oc-page-form">
      <PageHeader />
      <main id="main" tabIndex={-1} className="oc-main">
        <section className="oc-card">
          <div className="oc-card-head">
            <h1>{title}</h1>
          </div>
          <Problem>{problem}</Problem>
          {children}
        </section>
      </main>
    </div>
  );
}
