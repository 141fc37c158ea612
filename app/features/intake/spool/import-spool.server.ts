import type pg from 'pg';
import { isDataError } from '../../../lib/database/write-in-parts.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { DatabaseConnection, TakeTurns } from '../database-connection.server.ts';
import { byDatabaseClock, type InboxRow } from '../inbox-row.ts';
import { insertWebhooks } from '../insert-webhooks.server.ts';
import { readBytes, readSpool } from './read-spool.server.ts';
import type { SpoolFile } from './spool-file.server.ts';
import { encodeSpoolRecord } from './spool-record.ts';
import type { Spool } from './open-spool.server.ts';
import { recordFact } from '../../facts/record-fact.server.ts';
import { noteSpool } from '../../processes/process-row.server.ts';

/** How long one chunk may take while arrivals go to the spool, in ms. */
const CHUNK_TIMEOUT_MS = 15_000;
/** Arrivals wait for the import of the last so many bytes, instead of adding to them for ever. */
const LAST_BYTES = 1 << 20;
/** How much of a damaged stretch is kept. */
const DAMAGED_BYTES = 64 << 20;

interface Importer {
  services: Services;
  spool: Spool;
  connection: DatabaseConnection;
  /** The turn in which batches are stored: whoever has it keeps arrivals waiting. */
  turn: TakeTurns;
}

/**
 * Imports everything that is spooled, oldest first, each record once: a chunk's rows and how far the file has
 * been imported are one transaction. Afterwards there is no spool file, and arrivals go to the database again.
 * @throws when the database does not answer; what was imported until then stays imported
 */
export async function importSpool(importer: Importer): Promise<void> {
  const { services, spool, turn } = importer;
  for (const file of [...spool.files()]) await spool.scan(file);
  for (let file = spool.files()[0]; file; file = spool.files()[0]) {
    const current = file;
    // Again, because a file may have been taken over while the ones before it were imported.
    await spool.scan(current);
    await findImported(importer, current);
    while (remaining(current) > (spool.isActive(current) ? LAST_BYTES : 0))
      await importChunk(importer, current, CHUNK_TIMEOUT_MS);
    await turn(async () => {
      spool.seal(current);
      while (remaining(current) > 0)
        await importChunk(importer, current, services.config.DATABASE_TIMEOUT_MS);
      await forget(importer, current);
      await spool.remove(current);
    });
    services.log.info({ file: current.id, records: current.total }, 'spool file imported');
  }
}

const remaining = (file: SpoolFile) => file.end! - file.imported!;

/**
 * How far a file was imported before its process ended. Asked for every file, because it also shows that the
 * database answers before arrivals are kept waiting for the last chunk.
 */
async function findImported({ connection }: Importer, file: SpoolFile): Promise<void> {
  const { rows } = await connection.use(CHUNK_TIMEOUT_MS, (client) =>
    client.query<{ offset: number }>('SELECT "offset"::float8 FROM spool_imports WHERE file = $1', [file.id]),
  );
  if (file.imported !== null) return;
  const imported = Math.min(rows[0]?.offset ?? 0, file.end!);
  let before = 0;
  for (let at = 0; at < imported;) {
    const chunk = await readSpool(file.handle, at, imported);
    if (chunk.kind === 'records') before += chunk.records.length;
    at = chunk.next;
  }
  file.left = file.total - before;
  file.imported = imported;
}

/**
 * Before the file is removed: a mark that outlived it would have a file of the same name, set aside and moved back by a
 * person, taken for imported. Killed in between, the whole file is imported again, and every row is known already.
 */
async function forget({ services, connection }: Importer, file: SpoolFile): Promise<void> {
  await connection.use(services.config.DATABASE_TIMEOUT_MS, (client) =>
    client.query('DELETE FROM spool_imports WHERE file = $1', [file.id]),
  );
}

async function importChunk(importer: Importer, file: SpoolFile, timeoutMs: number): Promise<void> {
  const { services, spool } = importer;
  const from = file.imported!;
  const chunk = await readSpool(file.handle, from, file.end!);
  if (chunk.kind !== 'records') {
    services.log.error({ file: file.id, at: from, bytes: chunk.next - from }, 'damaged bytes in the spool');
    const bytes = await readBytes(file.handle, from, Math.min(chunk.next, from + DAMAGED_BYTES));
    await spool.setAside(`${file.id}-${from.toString(16)}`, 'damaged', bytes);
    await commit(importer, file, [], chunk.next, timeoutMs);
    return;
  }
  const { records, next } = chunk;
  try {
    await commit(
      importer,
      file,
      records.map((record) => record.row),
      next,
      timeoutMs,
    );
  } catch (error) {
    if (!isDataError(error)) throw error;
    for (const record of records) await importRow(importer, file, record, timeoutMs);
  }
  services.changes.announce('work');
  services.changes.announce('page');
}

/** A row that PostgreSQL refuses must not keep the others out. */
async function importRow(
  importer: Importer,
  file: SpoolFile,
  { row, next }: { row: InboxRow; next: number },
  timeoutMs: number,
): Promise<void> {
  try {
    await commit(importer, file, [row], next, timeoutMs);
  } catch (error) {
    if (!isDataError(error)) throw error;
    importer.services.log.error(
      { eventId: row.eventId, deliveryId: row.deliveryId, sqlstate: error.code },
      'a spooled webhook was refused by the database and set aside in spool/quarantine',
    );
    await importer.spool.setAside(row.eventId, 'refused', encodeSpoolRecord(row));
    await commit(importer, file, [], next, timeoutMs);
    file.left -= 1;
  }
}

async function commit(
  importer: Importer,
  file: SpoolFile,
  rows: InboxRow[],
  next: number,
  timeoutMs: number,
): Promise<void> {
  const { services, spool, connection } = importer;
  const spooled = spool.spooled() - rows.length;
  const value = { count: file.total, process: services.processId };
  const metadata = { file: file.id };
  await connection.use(timeoutMs, async (client) => {
    await client.query('BEGIN');
    try {
      const aheadMs = services.db.clock.processAheadMs();
      const timed = rows.map((row) => byDatabaseClock(row, aheadMs));
      if (timed.length > 0) await insertWebhooks(client, timed, 'spool');
      await advance(client, file, next);
      const since = spooled > 0 ? spool.since() : null;
      await noteSpool(client, services.processId, { spooled, since, quarantined: spool.quarantined() });
      if (file.imported === 0)
        await recordFact(client, { type: 'support.spool.used', value, metadata, now: file.since });
      if (next === file.end && !spool.isActive(file))
        await recordFact(client, {
          type: 'support.spool.imported',
          value,
          metadata,
          now: services.db.clock.now(),
        });
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
  file.imported = next;
  file.left -= rows.length;
}

/** Guarded: if another process took the file over and went on with it, its progress is read again. */
async function advance(client: pg.Client, file: SpoolFile, next: number): Promise<void> {
  const result = await client.query(
    `INSERT INTO spool_imports AS s (file, "offset") VALUES ($1, $3)
     ON CONFLICT (file) DO UPDATE SET "offset" = $3, imported_at = now() WHERE s."offset" = $2`,
    [file.id, file.imported, next],
  );
  if (result.rowCount === 1) return;
  file.imported = null;
  throw new Error('another process has imported from this spool file');
}
