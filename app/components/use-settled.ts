import { useEffect, useState } from 'react';

/** Longer than a double click, and than it takes to see that something else stands there now. */
const SETTLES_MS = 700;

/**
 * false for a moment after what stands in a place has changed, so that a click that was meant for what stood there
 * before does not do something else.
 * @param what names what stands there
 */
export function useSettled(what: string): boolean {
  const [settled, setSettled] = useState(what);
  useEffect(() => {
    if (settled === what) return;
    const timer = setTimeout(() => setSettled(what), SETTLES_MS);
    return () => clearTimeout(timer);
  }, [settled, what]);
  return settled === what;
}
