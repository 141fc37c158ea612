import type { Shell } from '../../features/overview/shell/shell-view.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { newestShell } from './shell-state.tsx';

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
