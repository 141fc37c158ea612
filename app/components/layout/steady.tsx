import { useRevalidator } from '@remix-run/react';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { numberText } from '../../lib/words.ts';

/** A row in its place. */
export interface Kept<T> {
  row: T;
  /** It is no longer among the latest. */
  gone: boolean;
}

/**
 * Rows in the places that they had, with what is newest of each.
 * @param held as they stand on the page
 * @param latest as they were read last, in an order in which those of `held` may have moved apart
 * @param more the list goes on behind `latest`: what stood last may only have been pushed there by what is new
 * @returns `added`: how many of the latest are not shown
 */
export function keepPlaces<T>(
  held: readonly T[],
  latest: readonly T[],
  keyOf: (row: T) => string | number,
  more: boolean,
): { rows: Kept<T>[]; added: number } {
  const newest = new Map(latest.map((row) => [keyOf(row), row]));
  const shown = new Set(held.map(keyOf));
  const lastThere = held.findLastIndex((row) => newest.has(keyOf(row)));
  return {
    rows: held.map((row, index) => {
      const now = newest.get(keyOf(row));
      return { row: now ?? row, gone: now === undefined && !(more && index > lastThere) };
    }),
    added: latest.filter((row) => !shown.has(keyOf(row))).length,
  };
}

/** Somebody who did nothing for so long is not about to press anything, ms. */
const REST_MS = 10_000;
/** A mouse that lies still over a list says so for longer, ms. */
const HOVER_MS = 60_000;

interface SteadyOptions<T> {
  keyOf: (row: T) => string | number;
  /** What is listed: filter, order and page. Another one is another list. */
  place: string;
  /** The list goes on, on a further page. */
  more?: boolean;
}

interface Steady<T> {
  rows: Kept<T>[];
  /** For what holds the rows and the notice. */
  list: RefObject<HTMLDivElement>;
  /** What waits to be shown, and the button that shows it; it takes no room. */
  notice: ReactNode;
}

/**
 * The rows of a list that is read again by itself. While somebody has their hands on the page none moves: what is new waits
 * behind a button, what is gone stays in its place. What the rows say is always the newest.
 */
export function useSteadyRows<T>(
  latest: readonly T[],
  { keyOf, place, more = false }: SteadyOptions<T>,
): Steady<T> {
  const list = useRef<HTMLDivElement>(null);
  const handsOn = useHandsOn(list);
  const [held, setHeld] = useState({ place, rows: latest });
  const stays = handsOn && held.place === place && held.rows.length > 0;
  if (!stays && (held.rows !== latest || held.place !== place)) setHeld({ place, rows: latest });
  const { rows, added } = keepPlaces(stays ? held.rows : latest, latest, keyOf, more);
  const gone = rows.filter((row) => row.gone).length;
  const parts = [
    ...(added > 0 ? [`${numberText(added)} more`] : []),
    ...(gone > 0 ? [`${numberText(gone)} gone`] : []),
  ];
  return {
    rows,
    list,
    notice: (
      <div className="oc-fresh" role="status">
        {parts.length > 0 && (
          <button
            type="button"
            onClick={() => {
              focusOn(list.current);
              setHeld({ place, rows: latest });
            }}
          >
            {parts.join(', ')}: update the list
          </button>
        )}
      </div>
    ),
  };
}

/** Before the button that was pressed goes: whoever works by keyboard goes on in the list, not at the top of the page. */
function focusOn(list: HTMLElement | null): void {
  if (list && !list.hasAttribute('tabindex')) list.tabIndex = -1;
  list?.focus({ preventScroll: true });
}

/** In place of what could be done with a row that is gone. */
export const RowGone = () => <span className="oc-quiet oc-row-gone">No longer on this page</span>;

/** Whether somebody may be about to press something: moved, scrolled or typed just now, or is at work in the list. */
function useHandsOn(list: RefObject<HTMLElement>): boolean {
  const [on, setOn] = useState(false);
  useEffect(() => {
    const listening = new AbortController();
    const options = { capture: true, passive: true, signal: listening.signal };
    let timer: ReturnType<typeof setTimeout> | undefined;
    let touchedAt = 0;
    let pointer = '';
    const look = () => {
      const idleMs = performance.now() - touchedAt;
      const stays = idleMs < REST_MS || (list.current && isAtWork(list.current, idleMs));
      if (stays) timer = setTimeout(look, 1000);
      else timer = undefined;
      setOn(Boolean(stays));
    };
    const touch = (event: Event) => {
      if (event instanceof MouseEvent) {
        // What moves under a mouse that lies still looks like a move of it.
        const at = `${event.type} ${event.screenX},${event.screenY}`;
        if (event.type === 'pointermove' && at === pointer) return;
        pointer = at;
      }
      touchedAt = performance.now();
      setOn(true);
      timer ??= setTimeout(look, 1000);
    };
    for (const kind of ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchmove'])
      window.addEventListener(kind, touch, options);
    return () => {
      listening.abort();
      clearTimeout(timer);
    };
  }, [list]);
  return on;
}

/** The focus is on something in it, something in it is ticked or written, or a mouse lies over it. */
const isAtWork = (list: HTMLElement, idleMs: number): boolean =>
  (document.activeElement !== list && list.contains(document.activeElement)) ||
  [...list.querySelectorAll('input')].some(
    (field) => field.checked !== field.defaultChecked || field.value !== field.defaultValue,
  ) ||
  (idleMs < HOVER_MS && matchMedia('(hover: hover)').matches && list.matches(':hover'));

/** Further than a finger takes for the same place, CSS pixels. */
const MOVED = 8;
/** Longer than it takes to see that it moved, and to stop a finger on its way, ms. */
const SETTLES_MS = 600;
/** What can be pressed on a page. */
const PRESSABLE = 'main :is(button, a, summary, input, select, label)';

/** Where something was, in the window and in the document: what sticks moves in the one, what scrolls in the other. */
interface Place {
  x: number;
  y: number;
  inDocument: number;
  /** What pressing it would do. */
  meaning: string;
}

/**
 * When a page that was read again by itself has other things in other places, or what lies in a place does something else
 * now, those cannot be pressed for a moment: a press that was on its way was meant for what lay there before.
 */
export function QuietMoves() {
  const { state } = useRevalidator();
  const before = useRef<Map<Element, Place> | null>(null);
  useEffect(() => {
    if (state === 'loading') before.current = placesNow();
    else if (before.current) {
      quietMoved(before.current);
      before.current = null;
    }
  }, [state]);
  return null;
}

function placesNow(): Map<Element, Place> {
  const places = new Map<Element, Place>();
  for (const element of document.querySelectorAll(PRESSABLE)) {
    const { x, y, width, bottom } = element.getBoundingClientRect();
    if (width > 0 && bottom > -innerHeight && y < 2 * innerHeight)
      places.set(element, { x, y, inDocument: y + scrollY, meaning: meaningOf(element) });
  }
  return places;
}

/** Sent along so that a change is not made twice: another one means no other act. */
const BOOKKEEPING = ['version', 'returnTo'];

/**
 * What pressing something would do: its words, where it leads, and what its form sends. Figures in its words count on, and
 * mean nothing else.
 */
export function meaningOf(element: Element): string {
  const words = (element.getAttribute('aria-label') ?? element.textContent).replaceAll(/[\d.,:]+/g, '#');
  const form = element.closest('form');
  if (!form || !element.matches('button, input')) return `${words} ${element.getAttribute('href') ?? ''}`;
  const fields = [...form.querySelectorAll('input')].filter(({ type }) => type === 'hidden');
  const sent = fields
    .filter(({ name }) => !BOOKKEEPING.includes(name))
    .map(({ name, value }) => [name, value]);
  return `${words} ${form.getAttribute('action') ?? ''} ${JSON.stringify(sent)}`;
}

function quietMoved(before: Map<Element, Place>): void {
  const moved = [...placesNow()].filter(([element, { x, y, inDocument, meaning }]) => {
    const was = before.get(element);
    const far = (a: number, b: number) => Math.abs(a - b) > MOVED;
    return (
      !was || was.meaning !== meaning || far(was.x, x) || (far(was.y, y) && far(was.inDocument, inDocument))
    );
  });
  for (const [element] of moved) quiet(element);
}

const settling = new WeakMap<Element, ReturnType<typeof setTimeout>>();

/** Each element has a timer of its own: one that moves again rests anew, for the whole time. */
export function quiet(element: Element): void {
  clearTimeout(settling.get(element));
  element.setAttribute('data-moved', '');
  settling.set(
    element,
    setTimeout(() => element.removeAttribute('data-moved'), SETTLES_MS),
  );
}
