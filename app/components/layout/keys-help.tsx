import { useEffect, useRef } from 'react';
import { COMMANDS } from './commands.ts';

export interface HelpProps {
  /** Whether shortcuts of one key act in this browser. */
  on: boolean;
  turn: () => void;
  close: () => void;
}

/** What the keys do, and the switch for those of one letter. */
export function KeysHelp({ on, turn, close }: HelpProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="oc-palette oc-keys" aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">Keyboard shortcuts</h2>
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
