import { useRevalidator } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';

/** Times in ms. */
export const LIMITS = {
  /** The stream beats every 5 s; two missed beats and a moment of grace mean that it is not live. */
  stale: 12_000,
  /** A stream that broke is given this long since its last sign to come back before the page says so. */
  broken: 6000,
  /** At most one reading of the page's data in this time, however fast things change. */
  betweenReads: 1000,
  /** An event stream that the browser has given up on is opened again after this. */
  reopen: 3000,
  /** How often it is looked whether signs still come. */
  look: 1000,
};

export interface Live {
  state: 'connecting' | 'live' | 'stale';
  /** How long ago the server last gave a sign, ms; counted only while it is stale. */
  silentMs: number;
}

/**
 * Reads the page's data again when the server says that something changed.
 * The browser reconnects a broken stream by itself; after a gap the data is read once, because changes may have been missed.
 */
export function useLive(url = '/events', limits = LIMITS): Live {
  const [live, setLive] = useState<Live>({ state: 'connecting', silentMs: 0 });
  const revalidator = useRevalidator();
  const latest = useRef(revalidator);
  latest.current = revalidator;

  useEffect(() => {
    let source: EventSource | undefined;
    let lastBeat = Date.now();
    let lastRead = Date.now();
    let gap = false;
    let wanted: ReturnType<typeof setTimeout> | undefined;
    let reopening: ReturnType<typeof setTimeout> | undefined;

    const read = () => {
      if (wanted !== undefined) return;
      wanted = setTimeout(
        () => {
          wanted = undefined;
          if (latest.current.state !== 'idle') return read();
          lastRead = Date.now();
          latest.current.revalidate();
        },
        Math.max(0, lastRead + limits.betweenReads - Date.now()),
      );
    };
    const beat = () => {
      lastBeat = Date.now();
      setLive((before) => (before.state === 'live' ? before : { state: 'live', silentMs: 0 }));
      if (gap) read();
      gap = false;
    };
    const open = () => {
      source = new EventSource(url);
      source.addEventListener('open', beat);
      source.addEventListener('beat', beat);
      source.addEventListener('change', () => {
        beat();
        read();
      });
      source.addEventListener('error', () => {
        gap = true;
        if (source?.readyState !== EventSource.CLOSED) return;
        clearTimeout(reopening);
        reopening = setTimeout(open, limits.reopen);
      });
    };
    open();
    const watch = setInterval(() => {
      const silentMs = Date.now() - lastBeat;
      if (silentMs <= (gap ? limits.broken : limits.stale)) return;
      gap = true;
      setLive({ state: 'stale', silentMs });
    }, limits.look);
    return () => {
      source?.close();
      clearInterval(watch);
      clearTimeout(wanted);
      clearTimeout(reopening);
    };
  }, [url, limits]);

  return live;
}
