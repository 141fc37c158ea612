import { type ClientLoaderFunctionArgs, useRouteLoaderData } from '@remix-run/react';
import { createContext, useContext, useSyncExternalStore } from 'react';
import { type BrowserChoices, NOTHING_CHOSEN } from '../../lib/browser-choices.ts';

/** What a page knows of the browser that shows it. */

/** The Content-Security-Policy nonce of the page; empty in the browser, which hides it from scripts. */
export const NonceContext = createContext<string | undefined>(undefined);

/** For `nonce` of every inline script. */
export const useNonce = () => useContext(NonceContext);

/** What was chosen for this browser, as the root's loader read it; where it could not be read, nothing was. */
export function useChoices(): BrowserChoices {
  const data: unknown = useRouteLoaderData('root');
  return (data as { choices?: BrowserChoices } | undefined)?.choices ?? NOTHING_CHOSEN;
}

const never = () => () => {};

/** false on the server and during hydration, true once the page is alive. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}

type Data = Awaited<ReturnType<ClientLoaderFunctionArgs['serverLoader']>>;

/** A route's `clientLoader`: while the app does not answer the page stays as it was, marked "Not live", instead of turning into an error. */
export function keepLast() {
  // In the browser only: what this address showed last.
  let last: { url: string; data: Data } | undefined;
  async function clientLoader({ request, serverLoader }: ClientLoaderFunctionArgs) {
    try {
      const data = await serverLoader();
      last = { url: request.url, data };
      return data;
    } catch (error) {
      if (last?.url === request.url && !(error instanceof Response)) return last.data;
      throw error;
    }
  }
  clientLoader.hydrate = true;
  return clientLoader;
}
