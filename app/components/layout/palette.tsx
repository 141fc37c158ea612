import { useFetcher, useLocation, useNavigate, useSubmit } from '@remix-run/react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { asked, type Found, LONGEST_QUERY, type SearchAnswer } from '../../features/overview/search-view.ts';
import { countText } from '../../lib/words.ts';
import { type Command, COMMANDS, matching } from './commands.ts';
import type { Person } from './person.tsx';

type Entry = Command | { kind: Found['kind'] | 'Find'; label: string; detail: string; to: string };

export interface PaletteProps {
  person: Person;
  close: () => void;
}

const MOST_COMMANDS = 12;
/** Beside what was found. */
const MOST_BESIDE = 4;
/** Somebody who types on is not asked for, ms. */
const PAUSE_MS = 150;

/** Goes anywhere, does anything and finds anybody by a few letters: places, actions, and what `/search` finds. */
export function Palette({ person, close }: PaletteProps) {
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
  const { found, problem, searching } = useSearch(typed);
  // Who types the beginning of a place means the place; a name may stand anywhere in what others say of themselves.
  const [meant, others] = byLabel(matching(may, typed), typed);
  const entries: Entry[] = [
    ...meant,
    ...found.map(({ kind, label, state, by, to }) => ({
      kind,
      label,
      detail: by ? `${state}, ${by}` : state,
      to,
    })),
    ...others.slice(0, found.length > 0 ? MOST_BESIDE : MOST_COMMANDS - meant.length),
    ...(asked(typed) ? [onPage(typed.trim())] : []),
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
        placeholder={
          mayReadTexts ? 'A place, an action, a customer, a number' : 'A place, an action, a number'
        }
        value={typed}
        maxLength={LONGEST_QUERY}
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
            key={`${entry.kind} ${entry.label} ${entry.to}`}
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
      {problem && <p className="oc-problem">{problem}</p>}
      <p role="status" className={said ? 'oc-done' : 'oc-hidden'}>
        {said ?? (searching ? '' : foundText(found.length, entries.length))}
      </p>
    </dialog>
  );
}

/** Commands with a word of their label beginning with what was typed, and the others. */
function byLabel(commands: readonly Command[], typed: string): [Command[], Command[]] {
  const begins = ({ label }: Command) => ` ${label.toLowerCase()}`.includes(` ${typed.trim().toLowerCase()}`);
  return [commands.filter(begins), commands.filter((command) => !begins(command))];
}

const foundText = (found: number, entries: number) =>
  found > 0 ? `${countText(found, 'result')}, ${entries} entries in the list` : `${entries} found`;

const onPage = (text: string): Entry => ({
  kind: 'Find',
  label: `All results for “${text}”`,
  detail: 'Customers, conversations, incidents, dead letters and tickets, on a page.',
  to: `/search?q=${encodeURIComponent(text)}`,
});

const inDeadLetters = (text: string): Entry => ({
  kind: 'Find',
  label: `“${text}” among the dead letters`,
  detail: 'In the error, the payload, the customer and the conversation.',
  to: `/delivery?text=${encodeURIComponent(text)}#dead-letters`,
});

/** What the server finds for it; what was found before stays until then, as long as it is for what is typed now. */
function useSearch(typed: string): Pick<SearchAnswer, 'found' | 'problem'> & { searching: boolean } {
  const { load, data } = useFetcher<SearchAnswer>();
  const query = asked(typed) ? typed.trim() : '';
  useEffect(() => {
    if (query === '') return;
    const timer = setTimeout(() => load(`/search?q=${encodeURIComponent(query)}`), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [load, query]);
  if (query === '') return { found: [], problem: null, searching: false };
  if (data?.query !== query) return { found: [], problem: null, searching: true };
  return { found: data.found, problem: data.problem, searching: false };
}

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
