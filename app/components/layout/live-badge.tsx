import { useRevalidator } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';
import { durationText } from '../../lib/words.ts';

/** Keeps the page up to date, and says whether what is on it is what is true now. */
export function LiveBadge() {
  const { state, forMs } = useLive();
  if (state === 'silent' || state === 'unread') {
    return (
      <p className="oc-live oc-live-stale" role="alert">
        <span className="oc-live-dot" aria-hidden="true" />
        <span>
          {state === 'silent' ? (
            <>
              Not live: reconnecting… <span aria-hidden="true">last sign {durationText(forMs)} ago</span>
            </>
          ) : (
            <>
              Not live: nothing new could be read <span aria-hidden="true">for {durationText(forMs)}</span>
            </>
          )}
        </span>
      </p>
    );
  }
  return (
    <p className={`oc-live oc-live-${state}`}>
      <span className="oc-live-dot" aria-hidden="true" />
      {state === 'live' ? (
        'Live'
      ) : (
        <>
          <noscript>Reload for news</noscript>
          <span className="oc-js">Connecting…</span>
        </>
      )}
    </p>
  );
}

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
 */
export function useLive(url = '/events', limits = LIMITS): Live {
  const [live, setLive] = useState<Live>({ state: 'connecting', forMs: 0 });
  const revalidator = useRevalidator();
  const latest = useRef(revalidator);
  latest.current = revalidator;
  const readingSince = useRef<number | null>(null);
  useEffect(() => {
    readingSince.current = revalidator.state === 'idle' ? null : Date.now();
  }, [revalidator.state]);

  useEffect(() => {
    let source: EventSource | undefined;
    let lastBeat = Date.now();
    let lastRead = Date.now();
    let gap = false;
    let wanted: ReturnType<typeof setTimeout> | undefined;
    let reopening: ReturnType<typeof setTimeout> | undefined;

    const readNow = () => {
      clearTimeout(wanted);
      wanted = undefined;
      if (latest.current.state !== 'idle') return read();
      lastRead = Date.now();
      latest.current.revalidate();
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
    const open = () => {
      source = new EventSource(url);
      source.addEventListener('open', beat);
      source.addEventListener('beat', beat);
      source.addEventListener('change', () => {
        beat();
        read();
      });
      source.addEventListener('alarm', () => {
        beat();
        readNow();
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
      source?.close();
      clearInterval(watch);
      clearTimeout(wanted);
      clearTimeout(reopening);
    };
  }, [url, limits]);

  return live;
}
