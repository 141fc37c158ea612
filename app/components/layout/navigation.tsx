import { Link, useLocation } from '@remix-run/react';
import type { Shell } from '../../features/overview/shell/shell-view.ts';
import { countedText } from '../../features/waiting/waiting-words.ts';
import { numberText } from '../../lib/words.ts';
import { type Person, PersonMenu } from './person.tsx';
import { isAt, isInSettings, type Place, PLACES, SETTINGS } from './places.ts';
import { useShell } from './shell-state.tsx';
import { Hands } from './shortcuts.tsx';

/**
 * The way to every page that the role may see: a rail at the left where there is room, a bar at the lower edge of a phone.
 * Plain links, the same with and without JavaScript; what is set up in quiet times stands open only while one is there.
 */
export function Navigation({ person }: { person: Person }) {
  const { pathname } = useLocation();
  const shell = useShell();
  const mayGo = ({ permission }: Place) => person.permissions.includes(permission);
  const inSettings = isInSettings(pathname);
  return (
    <header className="oc-rail">
      <Brand />
      <nav aria-label="Pages">
        <ul className="oc-places">
          {PLACES.filter(mayGo).map(({ count, counted, ...place }) => (
            <li key={place.to}>
              <Link to={place.to} aria-current={isAt(place, pathname) ? 'page' : undefined}>
                {place.label}
                {count === 'waiting' && shell?.counting ? (
                  <BeingCounted counting={shell.counting} />
                ) : (
                  <Count n={shell?.counts[count] ?? null} words={counted} of={count} />
                )}
              </Link>
            </li>
          ))}
          <li className="oc-place-settings">
            <Link to="/settings" aria-current={pathname === '/settings' ? 'page' : undefined}>
              Settings
            </Link>
            {inSettings && (
              <ul>
                {SETTINGS.filter(mayGo).map((place) => (
                  <li key={place.to}>
                    <Link to={place.to} aria-current={isAt(place, pathname) ? 'page' : undefined}>
                      {place.label}
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </li>
          <li>
            <Link
              to="/search"
              data-palette
              aria-keyshortcuts="Control+K Meta+K"
              aria-current={pathname === '/search' ? 'page' : undefined}
            >
              Search <kbd aria-hidden="true">Ctrl K</kbd>
            </Link>
          </li>
        </ul>
      </nav>
      <Hands />
      <PersonMenu />
    </header>
  );
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact' });

/** How far the first count of a place is: "20/500", "1.3K/5K"; all of it for whoever asks, or cannot see. */
function BeingCounted({ counting }: { counting: NonNullable<Shell['counting']> }) {
  const { counted, total } = counting;
  const of = countedText(counting);
  const words = of === null ? 'being counted' : `being counted, ${of} conversations read`;
  return (
    <span className="oc-count" title={words}>
      <span aria-hidden="true">
        {total === null ? '…' : `${COMPACT.format(counted)}/${COMPACT.format(Math.max(counted, total))}`}
      </span>
      <span className="oc-hidden">, {words}</span>
    </span>
  );
}

/** How much there is in a place; nothing stands there when there is nothing, and nothing when it is not known. */
function Count({ n, words: [one, many], of }: { n: number | null; words: [string, string]; of: string }) {
  if (!n) return null;
  return (
    <span className={`oc-count oc-count-${of}`} title={`${numberText(n)} ${n === 1 ? one : many}`}>
      <span className="oc-hidden">, </span>
      {numberText(n)}
      <span className="oc-hidden"> {n === 1 ? one : many}</span>
    </span>
  );
}

/** Name of the app; it leads to the page Now. */
export function Brand() {
  return (
    <Link to="/" className="oc-brand">
      <img src="/favicon.svg" alt="" width="28" height="28" />
      Outage Center
    </Link>
  );
}
