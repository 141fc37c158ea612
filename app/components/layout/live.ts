import { useRevalidator } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';
import { listenToStream } from './event-stream.ts';

/** Times in ms. */
export const LIMITS = {
  /** The stream beats every 5 s; two missed beats and a moment of grace mean that it is not live. */
  stale: 12_000,
  /** A stream that broke is given this long since its last sign to come back before the page says so. */
  broken: 6000,
  /** Reading the page's data may take this long; after that what is shown is not what is true now. */
  unread: 6000,
  /** At most one reading of the page's data in this time, however fast things change. */
  betweenReads: 1000,
  /** An event stream that the browser has given up on is opened again after this. */
  reopen: 3000,
  /** How often it is looked whether signs still come. */
  look: 1000,
};

export interface Live {
  /** `silent`: the server gives no sign. `unread`: it does, but does not answer when the page's data is read. */
  state: 'connecting' | 'live' | 'silent' | 'unread';
  /** For how long that has been so, ms; counted only while it is silent or unread. */
  forMs: number;
}

/**
 * Reads the page's data again when the server says that something changed.
 * The browser reconnects a broken stream by itself; after a gap the data is read once, because changes may have been missed.
 * @param readInstead reads something else than the page's data, and says so: then the page is left alone
 */
export function useLive(
  url = '/events',
  limits = LIMITS,
  readInstead: () => boolean = () => false,
  staysWhenHidden: () => boolean = () => false,
): Live {
  const [live, setLive] = useState<Live>({ state: 'connecting', forMs: 0 });
  const revalidator = useRevalidator();
  const latest = useRef(revalidator);
  latest.current = revalidator;
  const wishes = useRef({ readInstead, staysWhenHidden });
  wishes.current = { readInstead, staysWhenHidden };
  const readingSince = useRef<number | null>(null);
  useEffect(() => {
    readingSince.current = revalidator.state === 'idle' ? null : Date.now();
  }, [revalidator.state]);

  useEffect(() => {
    let lastBeat = Date.now();
    let lastRead = Date.now();
    let gap = false;
    let wanted: ReturnType<typeof setTimeout> | undefined;

    const readNow = () => {
      clearTimeout(wanted);
      wanted = undefined;
      if (latest.current.state !== 'idle') return read();
      lastRead = Date.now();
      if (!wishes.current.readInstead()) latest.current.revalidate();
    };
    const read = () => {
      wanted ??= setTimeout(readNow, Math.max(0, lastRead + limits.betweenReads - Date.now()));
    };
    const unreadMs = () => (readingSince.current === null ? 0 : Date.now() - readingSince.current);
    const showLive = () => {
      if (unreadMs() > limits.unread) return;
      setLive((before) => (before.state === 'live' ? before : { state: 'live', forMs: 0 }));
    };
    const beat = () => {
      lastBeat = Date.now();
      showLive();
      if (gap) read();
      gap = false;
    };
    const leave = listenToStream(
      {
        beat,
        change() {
          beat();
          read();
        },
        alarm() {
          beat();
          readNow();
        },
        broken() {
          gap = true;
        },
      },
      { url, reopenMs: limits.reopen, staysWhenHidden: () => wishes.current.staysWhenHidden() },
    );
    const watch = setInterval(() => {
      const silentMs = Date.now() - lastBeat;
      if (silentMs > (gap ? limits.broken : limits.stale)) {
        gap = true;
        setLive({ state: 'silent', forMs: silentMs });
      } else if (unreadMs() > limits.unread) {
        setLive({ state: 'unread', forMs: unreadMs() });
      } else {
        setLive((before) => (before.state === 'unread' ? { state: 'live', forMs: 0 } : before));
      }
    }, limits.look);
    return () => {
      leave();
      clearInterval(watch);
      clearTimeout(wanted);
    };
  }, [url, limits]);

  return live;
}
