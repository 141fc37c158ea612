import type { PlanLine } from '../../features/fallback/fallback-view.ts';

const HOW = { always: 'by the click', choice: 'if you choose it', by_hand: 'by you' } as const;

/** Exactly what will happen, in order. */
export function PlanList({ lines }: { lines: readonly PlanLine[] }) {
  return (
    <ol className="oc-plan">
      {lines.map(({ key, title, detail, how, text }) => (
        <li key={key}>
          <b>{title}</b> <small className="oc-quiet">{HOW[how]}</small>
          <p>{detail}</p>
          {text && <blockquote className="oc-quote">{text}</blockquote>}
        </li>
      ))}
    </ol>
  );
}
