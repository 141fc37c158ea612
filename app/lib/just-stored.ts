import type { JsonRecord } from './json.ts';

/** A webhook that this process has just stored. */
interface JustStored {
  seq: number;
  eventId: string;
  event: string;
  /** The received bytes. */
  body: Buffer;
  payload: JsonRecord;
}

/**
 * Hands what was just stored to whoever works on it in the same process, so that it need not be read from the database and parsed
 * again. It only saves work: whoever gets nothing reads the row.
 */
export interface StoredFeed {
  tell(webhook: JustStored): void;
  on(listener: (webhook: JustStored) => void): () => void;
}

export function createStoredFeed(): StoredFeed {
  const listeners = new Set<(webhook: JustStored) => void>();
  return {
    tell(webhook) {
      for (const listener of listeners) listener(webhook);
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Values by number, for a moment. */
export interface Briefly<T> {
  put(seq: number, value: T, bytes: number): void;
  /** Gives it away: the next one who asks gets nothing. */
  take(seq: number): T | undefined;
  /** About the lowest number that is kept; beyond every number when there is none. */
  lowest(): number;
  stop(): void;
}

/** Where nothing is handed over: everything is read. */
export const NOTHING_KEPT: Pick<Briefly<never>, 'take' | 'lowest'> = {
  take: () => undefined,
  lowest: () => Number.MAX_SAFE_INTEGER,
};

/**
 * Keeps at most `bytes` for at most `ms`. In two generations, so that what nobody takes goes without a look at each: a value
 * lives for between half of the time and all of it.
 */
export function keepBriefly<T>({ bytes, ms }: { bytes: number; ms: number }): Briefly<T> {
  let young = new Map<number, T>();
  let old = new Map<number, T>();
  let youngBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  function age() {
    clearTimeout(timer);
    old = young;
    young = new Map();
    youngBytes = 0;
    timer = old.size > 0 ? setTimeout(age, ms / 2).unref() : undefined;
  }

  return {
    put(seq, value, size) {
      if (size > bytes / 2) return;
      if (youngBytes + size > bytes / 2) age();
      young.set(seq, value);
      youngBytes += size;
      timer ??= setTimeout(age, ms / 2).unref();
    },
    take(seq) {
      const found = young.get(seq) ?? old.get(seq);
      if (!young.delete(seq)) old.delete(seq);
      return found;
    },
    lowest() {
      const [first = Number.MAX_SAFE_INTEGER] = old.size > 0 ? old.keys() : young.keys();
      return first;
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      young.clear();
      old.clear();
    },
  };
}
