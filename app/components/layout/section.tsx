import type { ReactNode } from 'react';

interface SectionProps {
  id: string;
  title: string;
  /** What stands at the right of the title: a state word, a switch. */
  side?: ReactNode;
  hint?: ReactNode;
  /** `h1` where the section is the whole page. */
  heading?: 'h1' | 'h2';
  children: ReactNode;
}

/** A titled card; `id` is where links such as `/delivery#ledger` lead. */
export function Section({ id, title, side, hint, heading: Heading = 'h2', children }: SectionProps) {
  return (
    <section id={id} className="oc-card" aria-labelledby={`${id}-title`}>
      <div className="oc-card-head">
        <Heading id={`${id}-title`}>{title}</Heading>
        {side}
      </div>
      {hint && <p className="oc-hint">{hint}</p>}
      {children}
    </section>
  );
}

interface FoldedProps {
  folds: boolean;
  summary: string;
  children: ReactNode;
}

/** What nobody has to look at now is one click away; otherwise it is in view. */
export function Folded({ folds, summary, children }: FoldedProps) {
  if (!folds) return <>{children}</>;
  return (
    <details className="oc-details">
      <summary>{summary}</summary>
      {children}
    </details>
  );
}
