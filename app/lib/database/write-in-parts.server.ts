import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A row that PostgreSQL does not take, or that the code that reads it stumbles over. */
export interface Refused<T> {
  row: T;
  /** One line for a log and a page; never what the row holds. */
  cause: string;
}

/**
 * Writes a batch so that one odd row holds up no other: on a data error it is halved until the rows that are refused stand
 * alone, and everything else is written. Within the caller's transaction, by savepoints.
 * @param write must be safe to repeat with fewer rows
 * @returns the rows that were not written
 * @throws what `write` threw, when it was about the connection and not about the rows
 */
export async function writeInParts<T>(
  client: Pick<pg.ClientBase, 'query'>,
  rows: readonly T[],
  write: (rows: readonly T[]) => Promise<void>,
): Promise<Refused<T>[]> {
  if (rows.length === 0) return [];
  await client.query('SAVEPOINT part');
  try {
    await write(rows);
    await client.query('RELEASE SAVEPOINT part');
    return [];
  } catch (error) {
    const cause = causeInRows(error);
    if (cause === null) throw error;
    await client.query('ROLLBACK TO SAVEPOINT part');
    await client.query('RELEASE SAVEPOINT part');
    if (rows.length === 1) return [{ row: rows[0]!, cause }];
  }
  const half = Math.ceil(rows.length / 2);
  const first = await writeInParts(client, rows.slice(0, half), write);
  return [...first, ...(await writeInParts(client, rows.slice(half), write))];
}

/**
 * What is wrong with the rows themselves; null when the failure is another one. PostgreSQL's detail quotes the row, so only
 * its message and code are kept; a message that quotes (`invalid input syntax … "…"`) is cut before the quotation.
 */
export function causeInRows(error: unknown): string | null {
  if (isDataError(error)) return `${error.message.split('"')[0]!.trim()} (SQLSTATE ${error.code})`;
  if (error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError)
    return `${error.name}: ${error.message.split(/["']/)[0]!.trim()}`;
  return null;
}

/**
 * Whether PostgreSQL refused a row for what it contains (SQLSTATE classes 22 and 23, and 54: too long for an
 * index): trying again is in vain, whereas after every other failure it is not.
 */
export function isDataError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(22|23|54)/.test(error.code ?? '');
}

/** What a step may take, ms: whoever else wants the disk or the rows waits no longer for it. */
const STEP_MS = 25;
/** Of the time that such a job takes, it works one part and rests so many: disk and processor are the others'. */
const REST_PARTS = 3;
/** Rows of the first step, and of the smallest and the largest that one may become. */
const [FIRST, LEAST, MOST] = [100, 20, 1000];

/**
 * Does a job that is in no hurry in steps of about 25 ms, however busy the machine is, with a rest of three times as long after each.
 * @param step does its work for so many rows; false when nothing is left
 * @param until the job ends with the first step that is done by then, by `performance.now()`
 */
export async function inSmallSteps(
  step: (rows: number) => Promise<boolean>,
  until = Infinity,
): Promise<void> {
  for (let rows = FIRST; ;) {
    const startedAt = performance.now();
    const more = await step(rows);
    const endedAt = performance.now();
    if (!more || endedAt >= until) return;
    const tookMs = endedAt - startedAt;
    await delay(tookMs * REST_PARTS);
    rows = Math.round(Math.min(MOST, Math.max(LEAST, rows * Math.min(2, STEP_MS / tookMs))));
  }
}
