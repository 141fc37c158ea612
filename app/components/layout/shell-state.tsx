import { useMatches } from '@remix-run/react';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react';
import type { Tone } from '../../features/overview/overview-view.ts';
import type { Shell } from '../../features/overview/shell/shell-view.ts';

const ShellContext = createContext<Shell | null>(null);

/** What stands around the page; null: nobody is signed in, or it could not be read. */
export const useShell = (): Shell | null => useContext(ShellContext);

export const ShellProvider = ({ shell, children }: { shell: Shell | null; children: ReactNode }) => (
  <ShellContext.Provider value={shell}>{children}</ShellContext.Provider>
);

/** The newest of what the loaders of this page read, so that the page and what stands around it say the same. */
function newestShell(data: readonly unknown[]): Shell | null {
  const found = data.flatMap((of) => (of as { shell?: Shell | null } | null | undefined)?.shell ?? []);
  return found.reduce<Shell | null>((best, one) => (best && best.at >= one.at ? best : one), null);
}

/**
 * What stands around the page, and how to read it again without the page: one with a form half filled in is not
 * touched.
 */
export function useNewestShell(): { shell: Shell | null; readAgain: () => void } {
  const matches = useMatches();
  const [read, setRead] = useState<Shell | null>(null);
  const reading = useRef<AbortController | null>(null);
  const readAgain = useCallback(() => {
    reading.current?.abort();
    reading.current = new AbortController();
    fetch('/api/strip', { headers: { Accept: 'application/json' }, signal: reading.current.signal })
      .then(async (answer) => {
        if (answer.ok) setRead((await answer.json()) as Shell);
      })
      // The page says itself when it is not live.
      .catch(() => undefined);
  }, []);
  useEffect(() => () => reading.current?.abort(), []);
  return { shell: newestShell([...matches.map(({ data }) => data), { shell: read }]), readAgain };
}

/** Forms as well as colours: a disc, a triangle, a square; a ring while it is not known. */
const ICONS: Record<Tone, string> = {
  good: '/state-good.svg',
  info: '/state-good.svg',
  warning: '/state-warning.svg',
  critical: '/state-critical.svg',
  unknown: '/state-unknown.svg',
};
const APP_ICON = '/favicon.svg';

/** The icon of a tab in a state; the app's own where there is none. */
export const iconOf = (tone: Tone | undefined): string => (tone ? ICONS[tone] : APP_ICON);

/** The tab's icon says how customer support is doing. */
export function StateIcon() {
  const shell = newestShell(useMatches().map(({ data }) => data));
  return <link rel="icon" href={iconOf(shell?.tone)} type="image/svg+xml" id="state-icon" />;
}

/** A form for each state, which says it without colour: in the title of a tab, in the strip, in the tab's icon. */
export const MARKS: Record<Tone, string> = {
  good: '●',
  info: '●',
  warning: '▲',
  critical: '■',
  unknown: '?',
};

const APP = 'Outage Center';
const BETWEEN = ' · ';

/** "■ Outage": what a tab's title begins with. */
const stateOf = ({ tone, word }: Shell): string => `${MARKS[tone]} ${word}`;

/** "■ Outage · Waiting · Outage Center"; the name alone where nobody is signed in. */
function titleOf(shell: Shell | null, name: string | null): string {
  return [shell && stateOf(shell), name, APP].filter(Boolean).join(BETWEEN);
}

/**
 * A page's title with the state of customer support before its name.
 * @param name of the page; null: the page that the app is about
 */
export const pageMeta = (
  { matches }: { matches: readonly ({ data?: unknown } | undefined)[] },
  name: string | null,
): [{ title: string }] => [{ title: titleOf(newestShell(matches.map((match) => match?.data)), name) }];

/** A title that was made for one state, for another. */
export function retitled(title: string, shell: Shell): string {
  const parts = title.split(BETWEEN);
  const rest = Object.values(MARKS).some((mark) => parts[0]?.startsWith(`${mark} `)) ? parts.slice(1) : parts;
  return [stateOf(shell), ...rest].join(BETWEEN);
}
