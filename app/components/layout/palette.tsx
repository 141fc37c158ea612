import { useLocation, useNavigate, useSubmit } from '@remix-run/react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { type Command, COMMANDS, matching } from './commands.ts';
import type { Person } from './person.tsx';

type Entry = Command | { kind: 'Find'; label: string; detail: string; to: string };

const MOST_COMMANDS = 12;

/** Goes anywhere and does anything by a few letters; what is no place and no action is looked for among the dead letters. */
export function Palette({ person, close }: { person: Person; close: () => void }) {
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const mayReadTexts = person.permissions.includes('texts.read');
  const [said, setSaid] = useState<string | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  const go = useRun(close);
  const run = (entry: Entry) => {
    if (!('copiesLink' in entry && entry.copiesLink)) return go(entry);
    // Pages that are not over https may not write there.
    const written = window.isSecureContext
      ? navigator.clipboard.writeText(location.href)
      : Promise.reject(new Error('not over https'));
    written.then(
      () => setSaid('The link is copied.'),
      () => setSaid(`This browser does not let it: copy ${location.href}`),
    );
  };
  useEffect(() => dialog.current?.showModal(), []);
  const may = COMMANDS.filter(({ permission }) => person.permissions.includes(permission));
  const entries: Entry[] = [
    ...matching(may, typed).slice(0, MOST_COMMANDS),
    ...(typed.trim() && mayReadTexts ? [inDeadLetters(typed.trim())] : []),
  ];
  const current = Math.min(chosen, entries.length - 1);
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const entry = entries[current];
    if (step && entries.length > 0) {
      event.preventDefault();
      setChosen((current + step + entries.length) % entries.length);
    } else if (event.key === 'Enter' && entry) {
      event.preventDefault();
      run(entry);
    }
  };
  useEffect(() => {
    document.getElementById(`${list}-${current}`)?.scrollIntoView({ block: 'nearest' });
  }, [list, current]);
  return (
    <dialog
      ref={dialog}
      className="oc-palette"
      aria-label="Command palette"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <input
        type="text"
        role="combobox"
        aria-label="Go to, do, or find"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={entries.length > 0 ? `${list}-${current}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder="Go to, do, or find among the dead letters"
        value={typed}
        maxLength={100}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={press}
      />
      <ul id={list} role="listbox" aria-label="What it found">
        {entries.map((entry, index) => (
          // The keyboard is handled by the field, which keeps the focus.
          <li
            key={`${entry.kind} ${entry.label}`}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === current}
            onMouseMove={() => setChosen(index)}
            onClick={() => run(entry)}
          >
            <span className="oc-palette-kind">{entry.kind}</span>
            <span>
              <b>
                <bdi>{entry.label}</bdi>
              </b>
              <small>{entry.detail}</small>
            </span>
            {'keys' in entry && entry.keys && <kbd>{entry.keys}</kbd>}
          </li>
        ))}
      </ul>
      {entries.length === 0 && <p className="oc-empty">Nothing is called that.</p>}
      <p role="status" className={said ? 'oc-done' : 'oc-hidden'}>
        {said ?? `${entries.length} found`}
      </p>
    </dialog>
  );
}

const inDeadLetters = (text: string): Entry => ({
  kind: 'Find',
  label: `“${text}” among the dead letters`,
  detail: 'In the error, the payload, the customer and the conversation.',
  to: `/delivery?text=${encodeURIComponent(text)}#dead-letters`,
});

function useRun(close: () => void): (entry: Entry) => void {
  const navigate = useNavigate();
  const submit = useSubmit();
  const { pathname, search } = useLocation();
  return (entry) => {
    close();
    if ('post' in entry && entry.post)
      submit(
        { returnTo: pathname + search },
        { method: 'post', action: entry.post, preventScrollReset: true },
      );
    else if (entry.to) navigate(entry.to);
  };
}
