import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Shell } from '../../features/overview/shell/shell-view.ts';
import { Section } from './section.tsx';

const WANTED = 'outage-center call-me';
const CALLED = 'outage-center called';
const CHANGED = 'outage-center-call-me';

const isAble = () => typeof Notification === 'function' && 'locks' in navigator && window.isSecureContext;

/** Whether this browser is to call whoever uses it: they said so, and the browser lets it. */
export const wantsCalls = (): boolean =>
  isAble() && Notification.permission === 'granted' && localStorage.getItem(WANTED) === 'yes';

type State = 'unknown' | 'unable' | 'blocked' | 'on' | 'off';

function stateOf(): State {
  if (!isAble()) return 'unable';
  if (Notification.permission === 'denied') return 'blocked';
  return wantsCalls() ? 'on' : 'off';
}

function subscribe(listener: () => void): () => void {
  for (const name of [CHANGED, 'storage', 'focus']) window.addEventListener(name, listener);
  return () => {
    for (const name of [CHANGED, 'storage', 'focus']) window.removeEventListener(name, listener);
  };
}

const SENTENCES: Record<State, string> = {
  unknown: 'Calls need JavaScript.',
  unable: 'This browser shows no notifications here: they need https, or this machine itself.',
  blocked:
    'This browser blocks notifications of Outage Center. Allow them in its settings for this site, then come back.',
  on: 'On: a notification and two tones when an incident opens, and each time the ladder goes on while nobody is on it. A tab of Outage Center has to be open.',
  off: 'Off. The browser asks for permission when you turn it on.',
};

/** Turns notification and sound of this browser on and off. */
export function CallMe() {
  const state = useSyncExternalStore<State>(subscribe, stateOf, () => 'unknown');
  const [asking, setAsking] = useState(false);
  const turn = async () => {
    setAsking(true);
    const granted = state === 'on' || (await Notification.requestPermission()) === 'granted';
    localStorage.setItem(WANTED, granted && state === 'off' ? 'yes' : 'no');
    setAsking(false);
    window.dispatchEvent(new Event(CHANGED));
  };
  return (
    <Section id="calls" title="Calls">
      <p role="status">{SENTENCES[state]}</p>
      {(state === 'on' || state === 'off') && (
        <button type="button" className="oc-plain-button" aria-busy={asking} onClick={() => void turn()}>
          {state === 'on' ? 'Stop calling me' : 'Call me when it breaks'}
        </button>
      )}
    </Section>
  );
}

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
