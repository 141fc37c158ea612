import { useNavigate } from '@remix-run/react';
import { type ComponentType, lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { GO_KEYS } from './commands.ts';
import type { HelpProps } from './keys-help.tsx';
import type { PaletteProps } from './palette.tsx';
import { type Person, usePerson } from './person.tsx';

// No page needs them to be there: they come after it.
const loadPalette = () => import('./palette.tsx').then(({ Palette }) => ({ default: Palette }));
const loadHelp = () => import('./keys-help.tsx').then(({ KeysHelp }) => ({ default: KeysHelp }));
const Palette = lazy<ComponentType<PaletteProps>>(() =>
  loadPalette().catch(() => ({ default: SearchInstead })),
);
const Help = lazy<ComponentType<HelpProps>>(() => loadHelp().catch(() => ({ default: SearchInstead })));

/** Where a dialog cannot be loaded, the server may still answer: its page of the search does the same. */
function SearchInstead({ close }: { close: () => void }) {
  const navigate = useNavigate();
  useEffect(() => {
    close();
    navigate('/search');
  });
  return null;
}

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
    for (const load of [loadPalette, loadHelp]) load().catch(() => undefined);
  }, []);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      if (event.isComposing || event.altKey) return;
      if ((event.ctrlKey || event.metaKey) && key === 'k' && !event.shiftKey) {
        event.preventDefault();
        setOpen((before) => (before === 'palette' ? null : 'palette'));
        return;
      }
      // What is typed while a dialog is on its way is not meant for the page.
      if (open || !on || event.ctrlKey || event.metaKey || event.repeat || isTyping(event.target)) return;
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
  }, [on, open, navigate]);
  const close = () => setOpen(null);
  const turn = () => {
    localStorage.setItem(KEY, on ? 'off' : 'on');
    window.dispatchEvent(new Event(CHANGED));
  };
  return (
    <>
      <div className="oc-hands">
        <button
          type="button"
          className="oc-plain-button"
          aria-haspopup="dialog"
          onClick={() => setOpen('help')}
        >
          Shortcuts
        </button>
      </div>
      {/* Not part of what the server sends: whether keys are on is known in the browser only, and a change before React has taken over an empty boundary is an error. */}
      {open && (
        <Suspense>
          {open === 'palette' && <Palette person={person} close={close} />}
          {open === 'help' && <Help on={on} turn={turn} close={close} />}
        </Suspense>
      )}
    </>
  );
}
