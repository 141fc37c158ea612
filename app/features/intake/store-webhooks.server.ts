import { isDataError } from '../../lib/database/write-in-parts.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { StoreOutcome } from './batch-webhooks.server.ts';
import type { DatabaseConnection, TakeTurns } from './database-connection.server.ts';
import { byDatabaseClock, type InboxRow } from './inbox-row.ts';
import { insertWebhooks } from './insert-webhooks.server.ts';
import { encodeSpoolRecord } from './spool/spool-record.ts';
import type { Spool } from './spool/open-spool.server.ts';

export interface Store {
  services: Services;
  connection: DatabaseConnection;
  spool: Spool;
  /** The turn in which the spool is written, and emptied at last. */
  turn: TakeTurns;
}

/**
 * Makes batches durable: in the database, or, when that does not commit in time or older webhooks are still in
 * the spool, in the spool. A batch may be sent to the database while the one before it is still there; but
 * into the spool they go one after the other.
 * @returns a function that gives one outcome a row, in order, and never throws
 */
export function openStore(store: Store): (rows: readonly InboxRow[]) => Promise<StoreOutcome[]> {
  const { spool, turn } = store;
  let last: Promise<unknown> = Promise.resolve();
  let inTurn = 0;

  async function storeBatch(rows: readonly InboxRow[], before: Promise<unknown>): Promise<StoreOutcome[]> {
    const sent = spool.files().length === 0 && inTurn === 0 ? tryDirectly(store, rows) : null;
    const attempt = await sent;
    await before;
    if (attempt?.ok) return attempt.outcomes;
    inTurn += 1;
    try {
      return await turn(() => storeInTurn(store, rows, attempt?.error));
    } finally {
      inTurn -= 1;
    }
  }

  return (rows) => {
    const stored = storeBatch(rows, last);
    last = stored;
    return stored;
  };
}

type Attempt = { ok: true; outcomes: StoreOutcome[] } | { ok: false; error: unknown };

async function tryDirectly(store: Store, rows: readonly InboxRow[]): Promise<Attempt> {
  try {
    return { ok: true, outcomes: await insert(store, rows) };
  } catch (error) {
    return { ok: false, error };
  }
}

async function storeInTurn(
  store: Store,
  rows: readonly InboxRow[],
  failure: unknown,
): Promise<StoreOutcome[]> {
  const { services, spool } = store;
  const context = { webhooks: rows.length };
  if (spool.files().length === 0 && (failure === undefined || isDataError(failure))) {
    try {
      return await storeDirectly(store, rows);
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== undefined)
    services.log.warn({ problem: problemOf(failure), ...context }, 'database: webhooks go to the spool');
  try {
    await spool.append(rows);
    return rows.map(() => ({ kind: 'spooled' }));
  } catch (error) {
    services.log.error({ problem: problemOf(error), ...context }, 'the spool cannot be written');
  }
  return rows.map(() => ({ kind: 'unavailable' }));
}

async function storeDirectly(store: Store, rows: readonly InboxRow[]): Promise<StoreOutcome[]> {
  try {
    return await insert(store, rows);
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (rows.length === 1) return [await setAside(store, rows[0]!, error.code)];
  }
  // One row that PostgreSQL refuses must not keep the others out.
  const outcomes: StoreOutcome[] = [];
  for (const row of rows) outcomes.push(...(await storeDirectly(store, [row])));
  return outcomes;
}

async function insert({ services, connection }: Store, rows: readonly InboxRow[]): Promise<StoreOutcome[]> {
  const inserted = await connection.use(services.config.DATABASE_TIMEOUT_MS, (client) =>
    insertWebhooks(
      client,
      rows.map((row) => byDatabaseClock(row, services.db.clock.processAheadMs())),
      'direct',
    ),
  );
  return rows.map((row) => {
    const seq = inserted.get(row.eventId);
    inserted.delete(row.eventId);
    return seq === undefined ? { kind: 'duplicate' } : { kind: 'accepted', seq };
  });
}

async function setAside(store: Store, row: InboxRow, sqlstate: string | undefined): Promise<StoreOutcome> {
  const { services, spool } = store;
  services.log.error(
    { eventId: row.eventId, deliveryId: row.deliveryId, sqlstate },
    'a webhook was refused by the database and set aside in spool/quarantine',
  );
  await spool.setAside(row.eventId, 'refused', encodeSpoolRecord(row));
  return { kind: 'spooled' };
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
