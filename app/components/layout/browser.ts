import { type ClientLoaderFunctionArgs, useRouteLoaderData } from '@remix-run/react';
import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from 'react';
import type { Shell } from '../../features/overview/shell/shell-view.ts';
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

/** Where this browser keeps that it is to call. */
export const WANTED = 'outage-center call-me';
const CALLED = 'outage-center called';

/** Whether this browser can call anybody here. */
export const isAble = () =>
  typeof Notification === 'function' && 'locks' in navigator && window.isSecureContext;

/** Whether this browser is to call whoever uses it: they said so, and the browser lets it. */
export const wantsCalls = (): boolean =>
  isAble() && Notification.permission === 'granted' && localStorage.getItem(WANTED) === 'yes';

/** What somebody is called for: an incident that nobody is on, and each further rung of the ladder while that is so. */
function callFor(shell: Shell | null): string | null {
  const incident = shell?.incident;
  if (!incident || incident.takenBy || incident.recovered || incident.drill) return null;
  return `${incident.id} ${incident.nextCall?.role ?? ''}`;
}

/** Notification and sound when an incident opens, and when the ladder goes on; once, however many tabs are open. */
export function useCalls(shell: Shell | null): void {
  const call = callFor(shell);
  const seen = useRef(false);
  const before = useRef<string | null>(null);
  useEffect(() => {
    if (!shell) return;
    const isNew = call !== null && call !== before.current;
    before.current = call;
    // What was so when the page was opened stands on it.
    if (!seen.current) {
      seen.current = true;
      return;
    }
    if (!isNew || !shell.incident || !wantsCalls()) return;
    const { id, title, nextCall } = shell.incident;
    const body = nextCall ? `Nobody is on it. Next to be told: ${nextCall.role}.` : 'Nobody is on it.';
    void navigator.locks.request('outage-center call', () => {
      // A tab in the background may see it much later than the first.
      if (localStorage.getItem(CALLED) === call) return;
      localStorage.setItem(CALLED, call);
      const notification = new Notification(`■ ${title}`, { body, tag: `incident ${id}` });
      notification.onclick = () => window.focus();
      beep();
    });
  }, [call, shell]);
}

/** Two short tones, made here: nothing is fetched. A browser that lets no page sound stays silent. */
function beep(): void {
  const audio = new AudioContext();
  for (const [at, frequency] of [
    [0, 880],
    [0.25, 660],
  ] as const) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = frequency;
    volume.gain.value = 0.15;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.2);
    if (at > 0) tone.onended = () => void audio.close();
  }
}
