import { Link } from '@remix-run/react';
import type { Tile } from '../../features/overview/overview-view.ts';
import { ToneWord } from '../tone.tsx';

/** What customer support hangs on; the other figures are on the page Deliveries. */
const PARTS: readonly Tile['id'][] = ['chatwoot', 'intake', 'agent', 'dead_letters'];

/** Whether each part works, in a word and a figure. */
export function Parts({ tiles }: { tiles: Tile[] }) {
  return (
    <ul className="oc-parts" aria-label="Status">
      {tiles
        .filter(({ id }) => PARTS.includes(id))
        .map(({ id, title, tone, word, figure, link }) => (
          <li key={id} className={`oc-part oc-tile oc-tile-${tone}`}>
            <h2 className="oc-tile-title">
              <Link to={link}>{title}</Link>
            </h2>
            <ToneWord tone={tone}>{word}</ToneWord>
            <p className="oc-part-figure">{figure}</p>
          </li>
        ))}
    </ul>
  );
}
