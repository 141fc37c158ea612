import { useNavigate } from '@remix-run/react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { COMMANDS, GO_KEYS } from './commands.ts';
import { Palette } from './palette.tsx';
import { type Person, usePerson } from './person.tsx';

/** A second key counts so long after `g`, ms. */
const SECOND_KEY_MS = 1500;
const KEY = 'outage-center shortcuts';
const CHANGED = 'outage-center-shortcuts';

const areOn = () => localStorage.getItem(KEY) !== 'off';
function subscribe(listener: () => void): () => void {
  window.addEventListener(CHANGED, listener);
  return () => window.removeEventListener(CHANGED, listener);
}

/** Somewhere that takes letters, or a dialog that has keys of its own. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input, textarea, select, dialog, [role="combobox"]') !== null)
  );
}

/**
 * The command palette (Ctrl K, ⌘ K) and one-key shortcuts with their help sheet. Those of one key can be switched off, for
 * who speaks to the computer or slips on the keyboard (WCAG 2.1.4), and never act while somebody types.
 */
export function Hands() {
  const person = usePerson();
  return person && <Keys person={person} />;
}

function Keys({ person }: { person: Person }) {
  const [open, setOpen] = useState<'palette' | 'help' | null>(null);
  const on = useSyncExternalStore(subscribe, areOn, () => true);
  const navigate = useNavigate();
  const began = useRef(0);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      if (event.isComposing || event.altKey) return;
      if ((event.ctrlKey || event.metaKey) && key === 'k' && !event.shiftKey) {
        event.preventDefault();
        setOpen((before) => (before === 'palette' ? null : 'palette'));
        return;
      }
      if (!on || event.ctrlKey || event.metaKey || event.repeat || isTyping(event.target)) return;
      const second = Date.now() - began.current < SECOND_KEY_MS;
      began.current = 0;
      const to = GO_KEYS[key];
      if (second && to) navigate(to);
      else if (key === 'g') began.current = Date.now();
      else if (event.key === '?') setOpen('help');
      else if (key === '/') {
        event.preventDefault();
        setOpen('palette');
      }
    };
    // What leads to the page of the search opens the palette instead; a new tab shows the page.
    const click = (event: MouseEvent) => {
      const link = event.target instanceof Element && event.target.closest('[data-palette]');
      if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      setOpen('palette');
    };
    document.addEventListener('keydown', press);
    document.addEventListener('click', click, { capture: true });
    return () => {
      document.removeEventListener('keydown', press);
      document.removeEventListener('click', click, { capture: true });
    };
  }, [on, navigate]);
  const close = () => setOpen(null);
  return (
    <>
      <div className="oc-hands">
        <button
          type="button"
          className="oc-plain-button"
          aria-haspopup="dialog"
          onClick={() => setOpen('help')}
        >
          Keys
        </button>
      </div>
      {open === 'palette' && <Palette person={person} close={close} />}
      {open === 'help' && <Help on={on} close={close} />}
    </>
  );
}

function Help({ on, close }: { on: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const turn = () => {
    localStorage.setItem(KEY, on ? 'off' : 'on');
    window.dispatchEvent(new Event(CHANGED));
  };
  return (
    <dialog ref={dialog} className="oc-palette oc-keys" aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">Keys</h2>
      <dl>
        <Line keys="Ctrl K" what="Go to, do, or find anything (⌘ K on a Mac)" />
        <Line keys="/" what="The same" />
        {COMMANDS.filter(({ keys }) => keys).map(({ kind, keys, label }) => (
          <Line key={label} keys={keys!} what={kind === 'Do' ? label : `Go to ${label}`} />
        ))}
        <Line keys="?" what="This sheet" />
        <Line keys="Esc" what="Close it" />
      </dl>
      <label>
        <input type="checkbox" checked={on} onChange={turn} /> Shortcuts of one key, in this browser
      </label>
      <button type="button" className="oc-plain-button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}

const Line = ({ keys, what }: { keys: string; what: string }) => (
  <div>
    <dt>
      <kbd>{keys}</kbd>
    </dt>
    <dd>{what}</dd>
  </div>
);
