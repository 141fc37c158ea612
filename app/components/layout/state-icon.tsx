import { useMatches } from '@remix-run/react';
import type { Tone } from '../../features/overview/overview-view.ts';
import { newestShell } from './shell-state.tsx';

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
