import { useEffect, useRef } from 'react';
import type { Shell } from '../../features/overview/shell/shell-view.ts';

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
