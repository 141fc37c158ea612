import type { ReactNode } from 'react';
import { Said } from '../time.tsx';

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

/** What a machine said to the letter, for whoever wants to know. */
export const Exact = ({ said }: { said: string }) => (
  <details className="oc-exact">
    <summary>Details</summary>
    {said}
  </details>
);

/** A sentence without what was answered to the letter, which stands in it in brackets; null: there is none. */
export function apart(words: string): { plain: string; exact: string | null } {
  const open = words.indexOf(' (', 1);
  const length = open === -1 ? -1 : words.slice(open + 2).search(/(?<!^)\)(?=[;:,.]|$)/);
  if (length === -1) return { plain: words, exact: null };
  const exact = words.slice(open + 2, open + 2 + length);
  // Neither a share nor a time is anybody's internals.
  if (/^(?:[\d.]+ ?%$|read at )/.test(exact)) return { plain: words, exact: null };
  return { plain: words.slice(0, open) + words.slice(open + 3 + length), exact };
}

/** What a rule saw; what was answered to the letter is one click away. */
export function AlertWords({ words, near }: { words: string; near?: string }) {
  const { plain, exact } = apart(words);
  return (
    <>
      <p>
        <Said text={plain} near={near} />
      </p>
      {exact && <Exact said={exact} />}
    </>
  );
}
