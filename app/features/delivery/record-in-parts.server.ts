import pg from 'pg';
import {
  recordAttempts,
  type FinishedDelivery,
  type RecordedAttempts,
  type RecordingContext,
} from './record-attempts.server.ts';

/** An attempt that PostgreSQL does not take. */
export interface RefusedAttempt {
  attempt: FinishedDelivery;
  /** Message and SQLSTATE; never what the row holds. */
  cause: string;
}

export interface RecordedInParts {
  recorded: RecordedAttempts[];
  refused: RefusedAttempt[];
}

/** Classes of SQLSTATE that say nothing about the rows: connection, rollback of a conflict, resources, operator, system. */
const NOT_ABOUT_ROWS = /^(08|25|28|3D|40|53|55|57|58|XX)/;

/**
 * Records a batch so that one odd row holds up no other: when PostgreSQL refuses it, it is halved until the rows that are
 * refused stand alone. Those are tried once more with their numbers counted anew and without the texts of the Agent service.
 * @throws what is about the connection or the server and not about the rows
 */
export async function recordInParts(
  pool: pg.Pool,
  batch: readonly FinishedDelivery[],
  context: RecordingContext,
): Promise<RecordedInParts> {
  const first = await tryToRecord(pool, batch, context);
  if ('recorded' in first) return { recorded: [first.recorded], refused: [] };
  const [attempt] = batch;
  if (batch.length > 1 || !attempt) {
    const half = Math.ceil(batch.length / 2);
    const left = await recordInParts(pool, batch.slice(0, half), context);
    const right = await recordInParts(pool, batch.slice(half), context);
    return {
      recorded: [...left.recorded, ...right.recorded],
      refused: [...left.refused, ...right.refused],
    };
  }
  await countAttemptsAnew(pool, attempt.delivery.seq);
  for (const simpler of [attempt, withoutTexts(attempt)]) {
    const again = await tryToRecord(pool, [simpler], context);
    if ('recorded' in again) return { recorded: [again.recorded], refused: [] };
  }
  return { recorded: [], refused: [{ attempt, cause: first.cause }] };
}

async function tryToRecord(
  pool: pg.Pool,
  batch: readonly FinishedDelivery[],
  context: RecordingContext,
): Promise<{ recorded: RecordedAttempts } | { cause: string }> {
  try {
    return { recorded: await recordAttempts(pool, batch, context) };
  } catch (error) {
    const cause = refusalOf(error);
    if (cause === null) throw error;
    return { cause };
  }
}

/** Null when the failure is not about the rows. PostgreSQL's message is cut before what it quotes. */
function refusalOf(error: unknown): string | null {
  if (error instanceof pg.DatabaseError) {
    const { code = '' } = error;
    return NOT_ABOUT_ROWS.test(code) ? null : `${error.message.split('"')[0]!.trim()} (SQLSTATE ${code})`;
  }
  // The code that describes an attempt stumbled over what it holds.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError)
    return error.name;
  return null;
}

/** Somebody else has recorded attempts that the row does not know of. */
async function countAttemptsAnew(pool: pg.Pool, seq: number): Promise<void> {
  await pool.query(
    `UPDATE deliveries d SET attempts_total = a.last
     FROM (SELECT max(number) AS last FROM attempts WHERE seq = $1) a WHERE d.seq = $1 AND d.attempts_total < a.last`,
    [seq],
  );
}

const withoutTexts = ({ delivery, result }: FinishedDelivery): FinishedDelivery => ({
  delivery: { ...delivery, body: Buffer.from('null') },
  result: { ...result, error: null, response: null },
});
