import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import type { GatesState, NextAction } from '../../features/recovery/decide-next.ts';
import type { GateItem } from '../../features/recovery/gate-item.ts';
import { formatMs, formatUtc } from '../../lib/words.ts';
import { Said, Time } from '../time.tsx';
import { ToneIcon, ToneWord } from '../tone.tsx';
import { CanaryDecision } from './canary-section.tsx';
import { CheckButton, StartCanary, TickForm, UntickForm } from './gate-forms.tsx';

interface GateHeadProps {
  state: GatesState;
  incidentId: number | null;
  mayAct: boolean;
}

/** Where the way out of the outage stands, and the next open item with its button. */
export function GateHead({ state, incidentId, mayAct }: GateHeadProps) {
  const { tone, sentence, next } = state;
  return (
    <section className={`oc-verdict oc-band-${tone}`} aria-label="Recovery">
      <div className="oc-verdict-main">
        <ToneIcon tone={tone} />
        <div>
          <h1 className="oc-verdict-sentence">
            <Said text={sentence} />
          </h1>
        </div>
      </div>
      {next && (
        <div className="oc-next">
          <p>
            <strong className="oc-next-label">Next step</strong> <Said text={next.text} />
          </p>
          <Act action={next.action} incidentId={incidentId} mayAct={mayAct} />
        </div>
      )}
    </section>
  );
}

function Act({
  action,
  incidentId,
  mayAct,
}: {
  action: NextAction;
  incidentId: number | null;
  mayAct: boolean;
}) {
  if (action.kind === 'link') {
    const Anchor = action.to.startsWith('#') ? HashLink : PageLink;
    return <Anchor to={action.to}>{action.label}</Anchor>;
  }
  if (!mayAct) return null;
  switch (action.kind) {
    case 'check':
      return <CheckButton prominent />;
    case 'canary':
      return <StartCanary prominent />;
    case 'approve':
      return <CanaryDecision id={action.id} prominent />;
    case 'tick':
      return <TickForm gate={action.gate} incidentId={incidentId} item={action.item} prominent />;
    case 'wait':
      return null;
  }
}

const PageLink = ({ to, children }: { to: string; children: string }) => (
  <Link to={to} className="oc-link">
    {children}
  </Link>
);
const HashLink = ({ to, children }: { to: string; children: string }) => (
  <a href={to} className="oc-link">
    {children}
  </a>
);

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
            <p className="oc-evidence">
              <Said text={item.evidence} />
            </p>
            {item.progress && !item.done && <ProgressBar title={item.title} progress={item.progress} />}
            <Circumstances item={item} />
            {more?.(item)}
            {mayAct && <ItemAct gate={gate} incidentId={incidentId} item={item} />}
          </div>
          <div className="oc-guide-side">
            <ToneWord tone={item.done ? 'good' : 'warning'}>{item.done ? 'Done' : 'Open'}</ToneWord>
          </div>
        </li>
      ))}
    </ol>
  );
}

function ItemAct({
  gate,
  incidentId,
  item,
}: Pick<GateItemsProps, 'gate' | 'incidentId'> & { item: GateItem }) {
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
