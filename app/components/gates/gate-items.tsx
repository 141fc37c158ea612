import type { ReactNode } from 'react';
import type { GateItem } from '../../features/gates/gate-item.ts';
import { formatMs, formatUtc } from '../format.ts';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { CheckButton, TickForm, UntickForm } from './gate-forms.tsx';

interface Progress {
  done: number;
  of: number;
}

interface GateItemsProps {
  gate: 'restore' | 'recovery';
  incidentId: number | null;
  items: readonly (GateItem & { progress?: Progress | null })[];
  mayAct: boolean;
  /** What stands below an item's evidence. */
  more?: (item: GateItem) => ReactNode;
}

/** The items of a checklist in the runbook's order: evidence, who and when, how long, and the button that helps. */
export function GateItems({ gate, incidentId, items, mayAct, more }: GateItemsProps) {
  const next = items.find(({ done }) => !done)?.key;
  return (
    <ol className="oc-guide">
      {items.map((item) => (
        <li
          key={item.key}
          id={gate === 'recovery' && more ? `told-${item.key}` : undefined}
          className="oc-guide-step"
          aria-current={item.key === next ? 'step' : undefined}
        >
          <div className="oc-guide-words">
            <p>
              <b>{item.title}</b>
            </p>
            <p className="oc-evidence">{item.evidence}</p>
            {item.progress && !item.done && <ProgressBar title={item.title} progress={item.progress} />}
            <Circumstances item={item} />
            {more?.(item)}
            {mayAct && <Act gate={gate} incidentId={incidentId} item={item} />}
          </div>
          <div className="oc-guide-side">
            <ToneWord tone={item.done ? 'good' : 'warning'}>{item.done ? 'Done' : 'Open'}</ToneWord>
          </div>
        </li>
      ))}
    </ol>
  );
}

function Act({ gate, incidentId, item }: Pick<GateItemsProps, 'gate' | 'incidentId'> & { item: GateItem }) {
  const { key, title } = item;
  if (item.how === 'person') {
    // What the app found done by itself has no tick that could be taken back.
    if (item.done && item.by === 'Outage Center') return null;
    const Form = item.done ? UntickForm : TickForm;
    return <Form gate={gate} incidentId={incidentId} item={key} title={title} />;
  }
  return gate === 'restore' && item.how === 'app' && !item.done ? <CheckButton what={title} /> : null;
}

function Circumstances({ item: { at, by, durationMs } }: { item: GateItem }) {
  if (!at) return null;
  return (
    <p className="oc-quiet" title={formatUtc(at)}>
      {by ? `${by}, ` : ''}
      <Time at={at} />
      {durationMs !== null && `, took ${formatMs(durationMs)}`}
    </p>
  );
}

function ProgressBar({ title, progress: { done, of } }: { title: string; progress: Progress }) {
  return <progress className="oc-progress" aria-label={title} value={done} max={of} />;
}
