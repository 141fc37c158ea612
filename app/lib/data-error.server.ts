import pg from 'pg';

/**
 * Whether PostgreSQL refused a row for what it contains (SQLSTATE classes 22 and 23, and 54: too long for an
 * index): trying again is in vain, whereas after every other failure it is not.
 */
export function isDataError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(22|23|54)/.test(error.code ?? '');
}
