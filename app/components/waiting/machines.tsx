import type { MachineItem } from '../../features/backlog/waiting-view.ts';
import { countText } from '../../features/overview/words.ts';
import { Section } from '../section.tsx';
import { Time } from '../time.tsx';
import { ConversationLink } from './conversation-link.tsx';

interface MachinesProps {
  items: MachineItem[];
  /** All of them. */
  count: number;
}

/** What nobody wrote: bounces, robots' notices, out-of-office answers. Apart, so that no customer waits behind them. */
export function Machines({ items, count }: MachinesProps) {
  if (count === 0) return null;
  return (
    <Section
      id="machines"
      title="From machines"
      side={<b className="oc-quiet">{countText(count, 'conversation')}</b>}
      hint="Bounces, robots' notices and out-of-office answers. Nobody waits there, so no clock runs and they are not shared out."
    >
      <details className="oc-details">
        <summary>Show them</summary>
        <ul className="oc-plain-list">
          {items.map((item) => (
            <li key={item.key}>
              <ConversationLink conversationId={item.conversationId} url={item.url} />,{' '}
              <Time at={item.since} />
            </li>
          ))}
        </ul>
        {items.length < count && <p className="oc-quiet">The newest {items.length} are shown.</p>}
      </details>
    </Section>
  );
}
