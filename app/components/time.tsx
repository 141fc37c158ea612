import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { COOKIES, choiceCookie } from '../lib/browser-choices.ts';
import { durationText, formatUtc } from '../lib/time-words.ts';
import { bareTime, knownZone, sentenceIn, timeIn } from '../lib/zone.ts';
import { ToneWord } from './tone.tsx';

const ZoneContext = createContext('UTC');

/** The time zone that the reader reads, an IANA name: for what cannot hold a `Moment`. */
export const useZone = (): string => useContext(ZoneContext);

/** "UTC", "those of Europe/Berlin": after "Times are". */
export function useZoneWords(): string {
  const zone = useZone();
  return zone === 'UTC' ? zone : `those of ${zone}`;
}

interface ReaderZoneProps {
  /** What the reader chose; null: the browser's. */
  chosen: string | null;
  /** What the server knows of the browser's own; null: nothing yet, so that it wrote UTC. */
  known: string | null;
  children: ReactNode;
}

/**
 * Gives everything inside the reader's time zone. The server writes in it, too, because the browser tells it in a cookie:
 * on somebody's first page, and without JavaScript, times are UTC.
 */
export function ReaderZone({ chosen, known, children }: ReaderZoneProps) {
  const [own, setOwn] = useState(known);
  useEffect(() => {
    const here = knownZone(Intl.DateTimeFormat().resolvedOptions().timeZone);
    setOwn(here);
    if (here && here !== known)
      document.cookie = choiceCookie(COOKIES.browserZone, here, location.protocol === 'https:');
  }, [known]);
  return <ZoneContext.Provider value={chosen ?? own ?? 'UTC'}>{children}</ZoneContext.Provider>;
}

interface MomentProps {
  at: string;
  form?: 'full' | 'minute' | 'clock' | 'seconds';
  /** Without the zone's name, where the table or list says which it is. */
  bare?: boolean;
}

/** A moment by the reader's clock; UTC on hover and for machines. */
export function Moment({ at, form = 'full', bare = false }: MomentProps) {
  const zone = useZone();
  return (
    <time dateTime={at} title={formatUtc(at)} className="oc-time">
      {bare ? bareTime(at, zone, form) : timeIn(at, zone, form)}
    </time>
  );
}

/**
 * A sentence of the server, with its times by the reader's clock; as it is on record on hover.
 * @param near when it was said; else about now
 */
export function Said({ text, near }: { text: string; near?: string }) {
  const zone = useZone();
  const now = useContext(ReadAtContext);
  const read = sentenceIn(text, zone, near === undefined ? now : Date.parse(near));
  return read === text ? <>{text}</> : <span title={text}>{read}</span>;
}

interface TimeProps {
  at: string;
  /** `ago`: "4 min ago"; `for`: "4 min", to stand after "for". */
  as?: 'ago' | 'for';
}

/** A moment as an age that keeps itself up to date; the exact UTC time on hover and for machines. */
export function Time({ at, as = 'ago' }: TimeProps) {
  const age = useNow() - Date.parse(at);
  const momentary = age < 1000;
  const text =
    as === 'for'
      ? momentary
        ? 'a moment'
        : durationText(age)
      : momentary
        ? 'just now'
        : `${durationText(age)} ago`;
  return (
    <time dateTime={at} title={formatUtc(at)} className="oc-time">
      {text}
    </time>
  );
}

/** `0:09`, `4:10`, `1:04:10`; rounded up, so that it ends at zero and not before. */
export function countdownText(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** Time that is left until a moment, second by second; the exact UTC time on hover. */
export function Countdown({ to, over = 'now' }: { to: string; over?: string }) {
  const left = Date.parse(to) - useNow();
  return (
    <time dateTime={to} title={formatUtc(to)} className="oc-time">
      {left > 0 ? `in ${countdownText(left)}` : over}
    </time>
  );
}

/** So near to the target it is urgent, ms. */
const SOON_MS = 10 * 60_000;

/** How long until the target is missed, or since; in words as well as in colour. */
export function DueTime({ dueAt }: { dueAt: string }) {
  const left = Date.parse(dueAt) - useNow();
  const tone = left < 0 ? 'critical' : left < SOON_MS ? 'warning' : 'good';
  return (
    <time dateTime={dueAt} title={formatUtc(dueAt)} className="oc-time">
      <ToneWord tone={tone}>
        {left < 0 ? `${durationText(-left)} late` : `${durationText(left)} left`}
      </ToneWord>
    </time>
  );
}

const NowContext = createContext(0);
/** When the page's data was read: it does not tick. */
const ReadAtContext = createContext(0);

/**
 * Gives everything inside the server's time. It starts at the moment the data was read, on the server and in the browser
 * alike (so that hydration matches), and then ticks every second; a wrong clock in the browser does no harm.
 */
export function Clock({ at, children }: { at: string; children: ReactNode }) {
  const [now, setNow] = useState(() => Date.parse(at));
  useEffect(() => {
    const ahead = Date.parse(at) - Date.now();
    setNow(Date.parse(at));
    const timer = setInterval(() => setNow(Date.now() + ahead), 1000);
    return () => clearInterval(timer);
  }, [at]);
  return (
    <ReadAtContext.Provider value={Date.parse(at)}>
      <NowContext.Provider value={now}>{children}</NowContext.Provider>
    </ReadAtContext.Provider>
  );
}

/** The server's time, ms since the epoch. */
export function useNow(): number {
  return useContext(NowContext);
}
