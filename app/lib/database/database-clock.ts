/** One reading of the database's clock. */
export interface ClockReading {
  /** By the monotonic clock of this process, ms: before the question was sent, and when the answer was there. */
  sentAt: number;
  answeredAt: number;
  databaseTime: Date;
}

/**
 * The one definition of now: the database's clock. What is due, stale or late is written by one process and judged by
 * another, or by the database itself, so a process whose own clock is wrong must not ask it.
 */
export interface DatabaseClock {
  /** Now by the database's clock; by the process's own only until the database was reached for the first time. */
  now(): Date;
  /** How far the process's clock is ahead of the database's, ms; null before the database was reached. */
  processAheadMs(): number | null;
  /** When the database's clock was last found to have been set by more than 2 s, back or ahead, by performance.now(). */
  setAt(): number;
  /** When it was read last, which is the database's last sign of life, by performance.now(); -Infinity: never. */
  answeredAt(): number;
  read(reading: ClockReading): void;
}

/** Less is a correction, as a time service makes them, ms. */
const SET_MS = 2000;
/** Clocks of one machine and of another drift apart by less than this, ms a ms. */
const DRIFT = 0.0005;

/**
 * Between two readings it goes on by the monotonic clock, so that setting the process's clock moves nothing. Of the readings
 * the one is kept whose question and answer were the least apart; one that contradicts it says that the database's clock was
 * set, and replaces it.
 */
export function createDatabaseClock(
  sources: { monotonic: () => number; process: () => number } = {
    monotonic: () => performance.now(),
    process: () => Date.now(),
  },
): DatabaseClock {
  /** `offset`: database's time − monotonic time, ± `error`, ms, as found at `at`. */
  let kept: { offset: number; error: number; at: number } | null = null;
  let setAt = -Infinity;
  let lastAt = -Infinity;
  const nowMs = () => (kept === null ? sources.process() : sources.monotonic() + kept.offset);

  return {
    now: () => new Date(nowMs()),
    processAheadMs: () => (kept === null ? null : sources.process() - nowMs()),
    setAt: () => setAt,
    answeredAt: () => lastAt,
    read({ sentAt, answeredAt, databaseTime }) {
      lastAt = answeredAt;
      const offset = databaseTime.getTime() - (sentAt + answeredAt) / 2;
      // A Date holds whole milliseconds.
      const error = (answeredAt - sentAt) / 2 + 1;
      const reading = { offset, error, at: answeredAt };
      if (kept === null) {
        kept = reading;
        return;
      }
      const keptError = kept.error + (answeredAt - kept.at) * DRIFT;
      const contradicts = Math.abs(offset - kept.offset) > error + keptError;
      if (Math.abs(offset - kept.offset) > error + keptError + SET_MS) setAt = sources.monotonic();
      if (contradicts || error <= keptError) kept = reading;
    },
  };
}
