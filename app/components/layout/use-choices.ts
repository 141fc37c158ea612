import { useRouteLoaderData } from '@remix-run/react';
import { type BrowserChoices, NOTHING_CHOSEN } from '../../lib/browser-choices.ts';

/** What was chosen for this browser, as the root's loader read it; where it could not be read, nothing was. */
export function useChoices(): BrowserChoices {
  const data: unknown = useRouteLoaderData('root');
  return (data as { choices?: BrowserChoices } | undefined)?.choices ?? NOTHING_CHOSEN;
}
