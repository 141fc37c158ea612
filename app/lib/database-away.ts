/** SQLSTATE classes of a connection that broke (08) and of a server that stops or starts (57P). */
const GONE = /^(08|57P)/;
/** What node and the driver call a connection that was refused or broke. */
const BROKEN = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOENT)/;
const DRIVER =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether a failure only says that the database does not answer; every other one is a bug or a refused statement. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return GONE.test(code) || BROKEN.test(code);
  return DRIVER.test(error.message);
}
