import type { Services } from '../../lib/services.server.ts';
import type { StoreOutcome } from './batch-webhooks.server.ts';
import { isDataError, type DatabaseConnection } from './database-connection.server.ts';
import type { InboxRow } from './inbox-row.ts';
import { insertWebhooks } from './insert-webhooks.server.ts';
import { encodeSpoolRecord } from './spool-record.ts';
import type { Spool } from './spool.server.ts';

export interface Store {
  services: Services;
  connection: DatabaseConnection;
  spool: Spool;
}

/**
 * Makes a batch durable: in the database, or, when that does not commit in time or older webhooks are still
 * in the spool, in the spool. One outcome a row, in order; never throws.
 */
export async function storeWebhooks(store: Store, rows: readonly InboxRow[]): Promise<StoreOutcome[]> {
  const { services, spool } = store;
  if (spool.files().length === 0) {
    try {
      return await storeDirectly(store, rows);
    } catch (error) {
      services.log.warn(
        { problem: problemOf(error), webhooks: rows.length },
        'database: webhooks go to the spool',
      );
    }
  }
  try {
    await spool.append(rows);
    return rows.map(() => ({ kind: 'spooled' }));
  } catch (error) {
    services.log.error({ problem: problemOf(error), webhooks: rows.length }, 'the spool cannot be written');
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

async function insert(store: Store, rows: readonly InboxRow[]): Promise<StoreOutcome[]> {
  const { services, connection } = store;
  const inserted = await connection.use(services.config.DATABASE_TIMEOUT_MS, (client) =>
    insertWebhooks(client, rows, 'direct'),
  );
  return rows.map((row) => {
    const seq = inserted.get(row.eventId);
    return seq === undefined ? { kind: 'duplicate' } : { kind: 'accepted', seq };
  });
}

async function setAside(store: Store, row: InboxRow, sqlstate: string | undefined): Promise<StoreOutcome> {
  const { services, spool } = store;
  services.log.error(
    { eventId: row.eventId, deliveryId: row.deliveryId, sqlstate },
    'a webhook was refused by the database and set aside in spool/quarantine',
  );
  await spool.setAside(row.eventId, encodeSpoolRecord(row));
  return { kind: 'spooled' };
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
