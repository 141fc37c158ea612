import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import type { GatesState, NextAction } from '../../features/recovery/decide-recovery-step.ts';
import type { GateItem } from '../../features/recovery/gate-item.ts';
import { formatMs, formatUtc } from '../../lib/time-words.ts';
import { apart, Exact } from '../layout/page.tsx';
import { Said, Time } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';
import { CanaryDecision } from './canary-section.tsx';
import { CheckButton, StartCanary, TickForm, UntickForm } from './gate-forms.tsx';

interface GateHeadProps {
  state: GatesState;
  mayAct: boolean;
}

/** Where the way out of the outage stands, and the next open item with its button. */
export function GateHead({ state, mayAct }: GateHeadProps) {
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
            <strong className="oc-next-label">Next step</strong> <Said text={apart(next.text).plain} />
          </p>
          <Act action={next.action} mayAct={mayAct} />
        </div>
      )}
    </section>
  );
}

function Act({ action, mayAct }: { action: NextAction; mayAct: boolean }) {
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
      return <CanaryDecision id={action.id} draft={action.draft} />;
    case 'tick':
      return <HashLink to={`#item-${action.gate}-${action.item}`}>Do it below</HashLink>;
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
  /** The app's own checks can be asked for at once. */
  checks?: boolean;
  /** What stands below an item's evidence. */
  more?: (item: GateItem) => ReactNode;
}

/**
 * The items of a checklist: what a person does apart from what the app checks by itself; what is done is folded. Items
 * that wait for one and the same thing are one line.
 */
export function GateItems({ items, checks, ...rest }: GateItemsProps) {
  const open = items.filter(({ done }) => !done);
  const done = items.filter((item) => item.done);
  return (
    <>
      <Part title="You do this" items={open.filter(({ how }) => how !== 'app')} {...rest} />
      <Part title="We are checking" items={open.filter(({ how }) => how === 'app')} {...rest}>
        {checks && rest.mayAct && <CheckButton />}
      </Part>
      {done.length > 0 && (
        <details className="oc-details">
          <summary>{`Done: ${done.length} of ${items.length}`}</summary>
          <List items={done} {...rest} />
        </details>
      )}
    </>
  );
}

function Part({ title, children, ...rest }: GateItemsProps & { title: string; children?: ReactNode }) {
  if (rest.items.length === 0) return null;
  return (
    <section className="oc-phase" aria-label={title}>
      <div className="oc-row">
        <h3>{title}</h3>
        {children}
      </div>
      <List {...rest} />
    </section>
  );
}

function List({ gate, incidentId, items, mayAct, more }: GateItemsProps) {
  return (
    <ol className="oc-guide">
      {mergedItems(items).map(([item, ...same]) => (
        <li key={item.key} id={`item-${gate}-${item.key}`} className="oc-guide-step">
          <div className="oc-guide-words">
            {[item, ...same].map(({ key, title }) => (
              <p key={key}>
                <b>{title}</b>
              </p>
            ))}
            <p className="oc-quiet">
              <Said text={apart(item.evidence).plain} /> <Circumstances item={item} />{' '}
              {item.how === 'canary' && !item.done && <HashLink to="#canary">The canary</HashLink>}
            </p>
            <ToTheLetter evidence={item.evidence} />
            {item.progress && !item.done && <ProgressBar title={item.title} progress={item.progress} />}
            {more?.(item)}
            {mayAct && <ItemAct gate={gate} incidentId={incidentId} item={item} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

function ToTheLetter({ evidence }: { evidence: string }) {
  const { exact } = apart(evidence);
  return exact && <Exact said={exact} />;
}

type ListedItem = GateItemsProps['items'][number];

/** What is open for the same reason stands together; what a person ticks has its own form, and what is done its own proof. */
function mergedItems(items: readonly ListedItem[]): [ListedItem, ...ListedItem[]][] {
  const lines: [ListedItem, ...ListedItem[]][] = [];
  for (const item of items) {
    const same =
      item.done || item.how === 'person'
        ? undefined
        : lines.find(([first]) => first.how === item.how && first.evidence === item.evidence);
    if (same) same.push(item);
    else lines.push([item]);
  }
  return lines;
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
  return null;
}

function Circumstances({ item: { at, by, durationMs } }: { item: GateItem }) {
  if (!at) return null;
  // What the app looks at by itself it looked at just now: only who of the people, and what took long, is news.
  const person = by && by !== 'Outage Center' ? `${by}, ` : '';
  return (
    <span title={formatUtc(at)}>
      ({person}
      <Time at={at} />
      {durationMs !== null && `, took ${formatMs(durationMs)}`})
    </span>
  );
}

function ProgressBar({ title, progress: { done, of } }: { title: string; progress: Progress }) {
  return <progress className="oc-progress" aria-label={title} value={done} max={of} />;
}
