import { Link } from '@remix-run/react';
import type { Tile } from '../features/overview/overview.ts';
import { ToneWord } from './tone.tsx';
import { DayBars } from './day-bars.tsx';
import { Trend } from './trend.tsx';

/** The figures to look at first, each leading to what is behind it. */
export function Tiles({ tiles }: { tiles: Tile[] }) {
  return (
    <ul className="oc-tiles" aria-label="Status">
      {tiles.map((tile) => (
        <li key={tile.id} className={`oc-tile oc-tile-${tile.tone}`}>
          <h2 className="oc-tile-title">
            <Link to={tile.link} preventScrollReset={!tile.link.includes('#')}>
              {tile.title}
            </Link>
          </h2>
          <ToneWord tone={tile.tone}>{tile.word}</ToneWord>
          <p className="oc-tile-figure">{tile.figure}</p>
          <div className={`oc-tone-${tile.tone}`}>
            {tile.days === undefined ? <Trend points={tile.trend} /> : <DayBars levels={tile.days} />}
          </div>
          <ul className="oc-tile-details">
            {tile.details.map((detail) => (
              <li key={detail}>{detail}</li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
