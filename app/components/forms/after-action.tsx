import { useNavigation } from '@remix-run/react';
import { useEffect, useRef } from 'react';

/** So long the button that takes the place of the one just pressed does nothing, in ms: a double click is over by then. */
const QUIET_MS = 1000;
/** What is under the finger: so far from where it pressed, in CSS pixels. */
const FINGER = 32;

/** What can be pressed. */
const PRESSABLE = 'button, a, summary, input, select, label';
/** What says how an action ended, the most pressing first: what is wrong, the notice, what was done. */
const RESULTS = [
  '[role=alert]:not(:empty, .oc-live, .oc-notice)',
  '.oc-notice:not([role=alert])',
  '.oc-shown-once input',
  'main [role=status]:not(.oc-hidden) > *',
];
/** What takes the focus when the thing that had it is gone. */
const PLACES = 'form, li, section, dialog, main';

/** What a form says on `window` that is not sent by the router, and takes care of the focus itself: the answer is here. */
export const ANSWERED = 'oc-answered';

interface Action {
  form: HTMLFormElement;
  /** The places that the form lies in, the innermost first. */
  places: Element[];
  submitter: HTMLElement | null;
  /** Where it was pressed; null: by keyboard. */
  point: { x: number; y: number } | null;
}

/**
 * After whatever form, once for the whole app: the focus goes to the result, what is under the finger is quiet for a second,
 * and the focus never falls to the body, so that a second press does nothing that nobody meant and the keyboard goes on
 * where it was.
 */
export function AfterAction() {
  const { state, formMethod } = useNavigation();
  const guard = useRef<ReturnType<typeof guardActions>>();
  useEffect(() => {
    const made = guardActions();
    guard.current = made;
    return made.stop;
  }, []);
  const busy = state !== 'idle' && formMethod === 'POST';
  const wasBusy = useRef(false);
  useEffect(() => {
    if (wasBusy.current && state === 'idle') guard.current?.ended();
    if (busy || state === 'idle') wasBusy.current = busy;
  }, [busy, state]);
  return null;
}

/** Listens on the page, in front of React. */
function guardActions() {
  const listening = new AbortController();
  const on = { capture: true, signal: listening.signal };
  let point: Action['point'] = null;
  let action: Action | null = null;
  let quietUntil = 0;
  /** Its answer is not here yet. */
  let pending = false;

  const isQuiet = () => performance.now() < quietUntil;
  const isUnderFinger = ({ clientX, clientY }: MouseEvent) =>
    action?.point != null && Math.hypot(clientX - action.point.x, clientY - action.point.y) <= FINGER;

  window.addEventListener(
    'click',
    (event) => {
      // A click by keyboard has no place.
      point = event.detail > 0 ? { x: event.clientX, y: event.clientY } : null;
      // Enter in a field clicks the button as well, and is the next line of somebody who types fast.
      const pressed = pending ? (event.target as Node) : document.activeElement;
      const again = point ? isUnderFinger(event) : action?.submitter?.contains(pressed);
      if (!isQuiet() || !again) return;
      event.preventDefault();
      event.stopPropagation();
    },
    on,
  );
  window.addEventListener(
    'submit',
    (event) => {
      const form = event.target as HTMLFormElement;
      const method = event.submitter?.getAttribute('formmethod') ?? form.method;
      if (method !== 'post') return;
      action = { form, places: placesOf(form), submitter: event.submitter, point };
      pending = true;
      document.documentElement.toggleAttribute('data-resting', true);
      // Until the answer is here; one that never comes does not lock the button for ever.
      quietUntil = performance.now() + 10 * QUIET_MS;
      restEnds();
    },
    on,
  );
  /** A busy browser may draw only the answer, and never that it was waited for. */
  function restEnds() {
    if (isQuiet()) setTimeout(restEnds, 250);
    else document.documentElement.toggleAttribute('data-resting', false);
  }
  const focus = keepFocus(listening.signal);
  function rest() {
    if (!action) return;
    pending = false;
    quietUntil = performance.now() + QUIET_MS;
    showQuiet(action, isQuiet, listening.signal);
  }
  window.addEventListener(ANSWERED, rest, on);

  return {
    stop: () => listening.abort(),
    /** The answer to the form is on the page. */
    ended() {
      rest();
      if (action) focus.toResult(action);
    },
  };
}

/** A result that nobody sees is none; what comes to lie under the finger by it is quiet. */
function showed(result: HTMLElement): void {
  const { top, bottom } = result.getBoundingClientRect();
  const strip = document.querySelector('.oc-strip')?.getBoundingClientRect().bottom ?? 0;
  if (top < strip || bottom > innerHeight) result.scrollIntoView({ block: 'center' });
}

const placesOf = (element: Element): Element[] => {
  const places: Element[] = [];
  for (let place = element.closest(PLACES); place; place = place.parentElement?.closest(PLACES) ?? null)
    places.push(place);
  return places;
};

/** Greys whatever comes to lie under the finger, as long as it is quiet; the page says how long (`data-resting`). */
function showQuiet({ point, submitter }: Action, isQuiet: () => boolean, signal: AbortSignal): void {
  let shown: Element | null = null;
  const show = () => {
    const quiet = isQuiet() && !signal.aborted;
    // What is quiet lets the pointer through, and is found again only without that.
    shown?.removeAttribute('data-quiet');
    document.documentElement.toggleAttribute('data-resting', quiet);
    const under = point ? document.elementFromPoint(point.x, point.y) : submitter;
    const now = quiet ? (under?.closest(PRESSABLE) ?? null) : null;
    now?.setAttribute('data-quiet', '');
    shown = now;
    if (quiet) setTimeout(show, 50);
  };
  show();
}

/** Moves the focus, and catches it when the thing that has it disappears. */
function keepFocus(signal: AbortSignal) {
  let held: { element: Element; places: Element[] } | null = null;

  const moveTo = (element: HTMLElement | null | undefined): boolean => {
    if (!element) return false;
    // Not in the order of tabbing, and yet able to have the focus.
    if (element.tabIndex < 0 && !element.hasAttribute('tabindex')) element.tabIndex = -1;
    element.focus({ preventScroll: true });
    return document.activeElement === element;
  };
  const moveToNearest = (places: Element[]) =>
    moveTo(places.find((place) => place.isConnected) as HTMLElement | undefined) ||
    moveTo(document.getElementById('main'));

  /** Only what vanished, or can no longer have it, drops the focus; whoever clicks beside everything means it. */
  const look = () => {
    if (!held || (document.activeElement && document.activeElement !== document.body)) return;
    const { element, places } = held;
    if (!element.isConnected || element.matches(':disabled')) moveToNearest(places);
    else held = null;
  };
  document.addEventListener(
    'focusin',
    ({ target }) => {
      if (target instanceof Element) held = { element: target, places: placesOf(target) };
    },
    { signal },
  );
  document.addEventListener('focusout', () => requestAnimationFrame(look), { signal });
  // Browsers differ in whether the focus of what is removed tells that it goes.
  const observer = new MutationObserver(() => {
    if (held && document.activeElement === document.body) requestAnimationFrame(look);
  });
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] });
  signal.addEventListener('abort', () => observer.disconnect());

  return {
    /** Not when a field of the form goes on having it: somebody who writes on is told of the result aloud. */
    toResult({ form, places, submitter }: Action): void {
      const active = document.activeElement;
      const wrong = document.querySelector<HTMLElement>(RESULTS[0]!);
      const written = active?.matches(
        'input:not([type=submit], [type=checkbox], [type=radio]), textarea, select',
      );
      const elsewhere =
        active !== null && active !== document.body && active !== submitter && !form.contains(active);
      if (elsewhere || (written && !wrong)) return;
      for (const result of RESULTS) {
        const found = document.querySelector<HTMLElement>(result);
        if (moveTo(found)) return showed(found!);
      }
      // The button may mean something else by now.
      moveToNearest(places.filter((place) => place.matches('section, dialog, main')));
    },
  };
}
