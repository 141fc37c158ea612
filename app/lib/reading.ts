import type pg from 'pg';
import type { Config } from './config.ts';

/** What one statement at a time is asked of: the pool, or the connection of a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** As much of the services as a read needs, so that a transaction can decide on what it reads itself. */
export interface Reading {
  config: Config;
  db: { readonly pool: Queryable };
}
