import { isPassing, troubleOf } from './database/trouble.ts';

/** What PostgreSQL says when it ended a statement that took too long: it is there. */
const TOO_SLOW = '57014';

/** Whether a failure only says that the database does not answer; every other one is a bug or a refused statement. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if (!(error instanceof Error) || (error as { code?: unknown }).code === TOO_SLOW) return false;
  return isPassing(troubleOf(error).kind);
}
