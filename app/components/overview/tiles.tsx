import { Link } from '@remix-run/react';
import type { Tile, TrendPoint } from '../../features/overview/overview-view.ts';
import { DayBars } from '../settings/health/uptime-bars.tsx';
import { Said } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

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
              <li key={detail}>
                <Said text={detail} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

const WIDTH = 120;
const HEIGHT = 28;

/** Runs of measured points: where nothing was measured the line has a gap, it does not fall to zero. */
export function trendPaths(points: TrendPoint[]): { line: string; area: string } {
  const values = points.flatMap((point) => (point.value === null ? [] : [point.value]));
  const max = Math.max(...values, 0);
  const min = Math.min(...values, 0);
  const span = max - min || 1;
  const step = points.length > 1 ? WIDTH / (points.length - 1) : 0;
  const x = (index: number) => (index * step).toFixed(1);
  const y = (value: number) => (HEIGHT - 2 - ((value - min) / span) * (HEIGHT - 4)).toFixed(1);
  let line = '';
  let area = '';
  let start: number | null = null;
  points.forEach((point, index) => {
    if (point.value === null) {
      start = null;
      return;
    }
    const next = points[index + 1];
    const ends = !next || next.value === null;
    line += `${start === null ? 'M' : 'L'}${x(index)} ${y(point.value)}`;
    area +=
      start === null
        ? `M${x(index)} ${HEIGHT}L${x(index)} ${y(point.value)}`
        : `L${x(index)} ${y(point.value)}`;
    start ??= index;
    // A single measured point between gaps is drawn as a dot, by a line of no length.
    if (ends && start === index) line += 'h0';
    if (ends) area += `L${x(index)} ${HEIGHT}Z`;
  });
  return { line, area };
}

/** Fewer points than this would be stretched into something that looks like a trend. */
const MIN_POINTS = 10;

/** Leaves out the time before anything was measured, so that a young app's line is not squeezed into a corner. */
function fromFirstMeasured(points: TrendPoint[]): TrendPoint[] {
  const first = points.findIndex((point) => point.value !== null);
  return points.slice(Math.max(0, Math.min(first, points.length - MIN_POINTS)));
}

/** A tiny line beside a figure. Decoration: the figure and the charts say the same in words and numbers. */
function Trend({ points }: { points: TrendPoint[] }) {
  if (points.every((point) => point.value === null)) return <div className="oc-trend" aria-hidden="true" />;
  const { line, area } = trendPaths(fromFirstMeasured(points));
  return (
    <svg
      className="oc-trend"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={area} className="oc-trend-area" />
      <path d={line} className="oc-trend-line" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
