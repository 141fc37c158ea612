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
/** More than this waiting, in bytes, would take the memory that serves everybody else. */
const WAITING_BYTES = 96 << 20;

/**
 * Collects the webhooks that arrive while the last batch is being stored and stores them together, in order
 * of arrival, one batch at a time. Waiting a fixed time for company instead was measured to be slower.
 * @param store must settle every row and not throw
 */
export function batchWebhooks(store: (rows: readonly InboxRow[]) => Promise<StoreOutcome[]>): Batcher {
  let waiting: { row: InboxRow; settle: (outcome: StoreOutcome) => void }[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | null = null;

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

  async function run() {
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const batch = take();
      const outcomes = await store(batch.map((one) => one.row));
      // Answered one turn of the event loop later: by then the next batch is on its way to the database.
      setImmediate(() => batch.forEach((one, i) => one.settle(outcomes[i]!)));
    }
    running = null;
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
        running ??= run();
      }),
    async idle() {
      while (running) await running;
    },
  };
}
