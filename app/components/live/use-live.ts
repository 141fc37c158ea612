import { useRevalidator } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';

/** The stream beats every 5 s; two missed beats and a moment of grace mean that it is not live. */
const STALE_MS = 12_000;
/** A stream that broke is given this long to come back before the page says so. */
const BROKEN_MS = 6000;
/** At most one reading of the page's data a second, however fast things change. */
const MIN_INTERVAL_MS = 1000;
/** An event stream that the browser has given up on is opened again after this. */
const REOPEN_MS = 3000;

export interface Live {
  state: 'connecting' | 'live' | 'stale';
  /** How long ago the server last gave a sign, ms; counted only while it is stale. */
  silentMs: number;
}

/**
 * Reads the page's data again when the server says that something changed.
 * The browser reconnects a broken stream by itself; after a gap the data is read once, because changes may have been missed.
 */
export function useLive(url = '/events'): Live {
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
        Math.max(0, lastRead + MIN_INTERVAL_MS - Date.now()),
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
        reopening = setTimeout(open, REOPEN_MS);
      });
    };
    open();
    const watch = setInterval(() => {
      const silentMs = Date.now() - lastBeat;
      if (silentMs <= (gap ? BROKEN_MS : STALE_MS)) return;
      gap = true;
      setLive({ state: 'stale', silentMs });
    }, 1000);
    return () => {
      source?.close();
      clearInterval(watch);
      clearTimeout(wanted);
      clearTimeout(reopening);
    };
  }, [url]);

  return live;
}
