import { Form } from '@remix-run/react';
import { useId, useState, useSyncExternalStore } from 'react';
import { type Theme, THEMES } from '../../../lib/browser-choices.ts';
import { SelectField, TextField } from '../../forms/form-fields.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';
import { Section } from '../../layout/page.tsx';
import { isAble, useChoices, useHydrated, WANTED, wantsCalls } from '../../layout/browser.ts';
import { useZone } from '../../time.tsx';

const THEME_WORDS: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

/** What is chosen for this browser alone, because another one stands in another room, or another country. */
export function ThisBrowser() {
  const { theme, zone, browserZone, stepsAway } = useChoices();
  const zones = useId();
  const read = useZone();
  // A browser may know other names than the server.
  const names = useHydrated() ? ['UTC', ...Intl.supportedValuesOf('timeZone')] : [];
  return (
    <Section
      id="browser"
      title="This browser"
      hint="Kept in this browser only. Exports and the incident report keep to UTC, and every time shows UTC when you point at it."
    >
      <Form method="post" action="/account" className="oc-form">
        <input type="hidden" name="do" value="browser" />
        <SelectField label="Theme" name="theme" defaultValue={theme} key={theme}>
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {THEME_WORDS[one]}
            </option>
          ))}
        </SelectField>
        <TextField
          key={zone}
          label="Time zone"
          name="zone"
          defaultValue={zone ?? ''}
          placeholder={browserZone ?? (zone === null ? read : undefined)}
          list={zones}
          maxLength={64}
          autoComplete="off"
          hint="Empty: the browser's. Or UTC, or a name such as Europe/Berlin."
        />
        <datalist id={zones}>
          {names.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <SubmitButton>Keep</SubmitButton>
      </Form>
      {stepsAway && (
        <Form method="post" action="/account">
          <input type="hidden" name="do" value="first-steps" />
          <SubmitButton>Show the first steps on Now again</SubmitButton>
        </Form>
      )}
    </Section>
  );
}

const CHANGED = 'outage-center-call-me';

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

const SENTENCES: Record<Exclude<State, 'unknown'>, string> = {
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
      <noscript>Calls need JavaScript.</noscript>
      {/* Until the browser has said, this takes the room of what is most often so. */}
      <p role="status" className="oc-js">
        {SENTENCES[state === 'unknown' ? 'off' : state]}
      </p>
      {(state === 'on' || state === 'off' || state === 'unknown') && (
        <button
          type="button"
          className="oc-plain-button oc-js"
          aria-busy={asking}
          disabled={state === 'unknown'}
          onClick={() => void turn()}
        >
          {state === 'on' ? 'Stop calling me' : 'Call me when it breaks'}
        </button>
      )}
    </Section>
  );
}
