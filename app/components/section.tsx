import type { ReactNode } from 'react';

interface SectionProps {
  id: string;
  title: string;
  /** What stands at the right of the title: a state word, a switch. */
  side?: ReactNode;
  hint?: ReactNode;
  children: ReactNode;
}

/** A titled card; `id` is where links such as `/#ledger` lead. */
export function Section({ id, title, side, hint, children }: SectionProps) {
  return (
    <section id={id} className="oc-card" aria-labelledby={`${id}-title`}>
      <div className="oc-card-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {side}
      </div>
      {hint && <p className="oc-hint">{hint}</p>}
      {children}
    </section>
  );
}
