import type { InboxRow } from './inbox-row.ts';

/** What became of a row of a batch. */
export type StoreOutcome =
  { kind: 'accepted'; seq: number } | { kind: 'duplicate' } | { kind: 'spooled' } | { kind: 'unavailable' };

export interface Batcher {
  add(row: InboxRow): Promise<StoreOutcome>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

/** Limits of one transaction: at 2 KB a body, more rows do not make it faster. */
const BATCH_ROWS = 200;
const BATCH_BYTES = 8 << 20;
/**
 * Another batch is sent while one is being stored, when it has so many rows: the database need not wait then until
 * this process, busy with requests, notices a commit. More ahead would be more and smaller commits where the disk is slow.
 */
const AHEAD = 1;
const AHEAD_ROWS = 12;
/** More than this waiting, in bytes, would take the memory that serves everybody else. */
const WAITING_BYTES = 96 << 20;

/**
 * Collects the webhooks that arrive while others are being stored and stores them together, in order of
 * arrival. Waiting a fixed time for company instead was measured to be slower.
 * @param store is called in order, a few times at a time; must settle every row and not throw
 */
export function batchWebhooks(store: (rows: readonly InboxRow[]) => Promise<StoreOutcome[]>): Batcher {
  let waiting: { row: InboxRow; settle: (outcome: StoreOutcome) => void }[] = [];
  let waitingBytes = 0;
  let inFlight = 0;
  let scheduled = false;
  let whenIdle: (() => void)[] = [];

  function take() {
    let bytes = 0;
    let size = 0;
    for (const { row } of waiting) {
      if (size === BATCH_ROWS || (size > 0 && bytes + row.body.length > BATCH_BYTES)) break;
      size += 1;
      bytes += row.body.length;
    }
    const batch = waiting.slice(0, size);
    waiting = waiting.slice(size);
    waitingBytes -= bytes;
    return batch;
  }

  async function send() {
    const batch = take();
    inFlight += 1;
    const outcomes = await store(batch.map((one) => one.row));
    inFlight -= 1;
    pump();
    // Answered one turn of the event loop later: the next batch is on its way to the database first.
    setImmediate(() => batch.forEach((one, i) => one.settle(outcomes[i]!)));
    if (inFlight > 0 || waiting.length > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  }

  const maySend = () => inFlight === 0 || (inFlight <= AHEAD && waiting.length >= AHEAD_ROWS);

  function pump() {
    scheduled = false;
    while (waiting.length > 0 && maySend()) void send();
  }

  return {
    add: (row) =>
      new Promise((settle) => {
        if (waitingBytes + row.body.length > WAITING_BYTES) {
          settle({ kind: 'unavailable' });
          return;
        }
        waiting.push({ row, settle });
        waitingBytes += row.body.length;
        if (scheduled || !maySend()) return;
        // At the end of this turn of the event loop: what has arrived by then goes along.
        scheduled = true;
        setImmediate(pump);
      }),
    idle: () =>
      new Promise((resolve) => {
        if (inFlight === 0 && waiting.length === 0) resolve();
        else whenIdle.push(resolve);
      }),
  };
}
