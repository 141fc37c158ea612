import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { isDataError } from '../../lib/database/write-in-parts.server.ts';
import type { InboxRow } from '../intake/inbox-row.ts';
import { insertWebhooks } from '../intake/insert-webhooks.server.ts';
import { quarantine } from '../intake/spool/quarantine.server.ts';
import { readSpool } from '../intake/spool/read-spool.server.ts';
import { encodeSpoolRecord } from '../intake/spool/spool-record.ts';

/** A piece of a file, in order. */
export interface FilePiece {
  name: string;
  bytes: Buffer;
  /** It is the file's last one. */
  last: boolean;
}

/**
 * Stores the webhooks of spool files in the transaction that is open: those that were stored already are known by their keys.
 * @returns how many are new
 */
export async function importSpooled(
  client: pg.ClientBase,
  dataDir: string,
  pieces: AsyncIterable<FilePiece>,
): Promise<number> {
  const folder = path.join(dataDir, 'spool');
  const copy = path.join(folder, 'restoring');
  let stored = 0;
  let written = 0;
  try {
    for await (const { bytes, last } of pieces) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(copy, bytes, { mode: 0o600, flag: written === 0 ? 'w' : 'a' });
      written += bytes.length;
      if (!last) continue;
      stored += await importFile(client, folder, copy, written);
      written = 0;
    }
  } finally {
    await rm(copy, { force: true });
  }
  return stored;
}

async function importFile(
  client: pg.ClientBase,
  folder: string,
  file: string,
  bytes: number,
): Promise<number> {
  const handle = await open(file, 'r');
  let stored = 0;
  try {
    for (let at = 0; at < bytes;) {
      const chunk = await readSpool(handle, at, bytes);
      at = chunk.next;
      const rows = chunk.kind === 'records' ? chunk.records.map(({ row }) => row) : [];
      if (rows.length > 0) stored += await store(client, folder, rows);
    }
  } finally {
    await handle.close();
  }
  return stored;
}

/** A row that PostgreSQL refuses for what it holds is set aside, as at any import. */
async function store(client: pg.ClientBase, folder: string, rows: InboxRow[]): Promise<number> {
  await client.query('SAVEPOINT spooled');
  try {
    const { size } = await insertWebhooks(client, rows, 'spool');
    await client.query('RELEASE spooled');
    return size;
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('ROLLBACK TO spooled');
    const [row, ...others] = rows;
    if (others.length === 0) {
      await quarantine(folder, row!.eventId, 'refused', encodeSpoolRecord(row!));
      return 0;
    }
    let stored = 0;
    for (const one of rows) stored += await store(client, folder, [one]);
    return stored;
  }
}
