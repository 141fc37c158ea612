import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { ArchiveEntry } from '../../lib/archive/tar.ts';
import type { DatabaseClient } from '../../lib/database/database-client.server.ts';
import type { Database } from '../../lib/database/database.server.ts';
import { bigintsAsNumbers } from '../../lib/database/pool.server.ts';
import { type Manifest, type Part, PART_BYTES, type TableContent } from './backup-format.ts';

/** A copy of a large table may take long; whether the server is at work on it is looked up meanwhile. ms */
const SILENCE_MS = 3_600_000;
/** Whoever holds a table for longer than this is in the way, ms. */
const LOCK_MS = 10_000;

/** A connection on which one transaction may take as long as it takes. */
export async function connectForLong(db: Database): Promise<DatabaseClient> {
  const client = db.client({ direct: true, silenceMs: SILENCE_MS, types: bigintsAsNumbers });
  client.on('error', () => undefined);
  // Between two statements it is in use all the same.
  client.lent = true;
  await client.connect();
  return client;
}

/** Without time limits; values as text that every version of PostgreSQL reads, whatever the database is set to. */
export const LONG_TRANSACTION = [
  ['statement_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
  ['lock_timeout', String(LOCK_MS)],
  ['timezone', 'UTC'],
  ['datestyle', 'ISO'],
  ['intervalstyle', 'postgres'],
  ['extra_float_digits', '3'],
  ['bytea_output', 'hex'],
  ['client_encoding', 'UTF8'],
]
  .map(([name, value]) => `SET LOCAL ${name} = '${value}'`)
  .join('; ');

/** What Prisma's table says is made anew by the migrations themselves. */
export const HISTORY_TABLE = '_prisma_migrations';

const TABLES = `
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> '${HISTORY_TABLE}'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname ORDER BY c.relname`;

const SEQUENCES = `
SELECT c.relname AS name FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'S' ORDER BY c.relname`;

/** Every table of the app with the columns that hold something of their own. */
export async function listTables(client: pg.ClientBase): Promise<{ name: string; columns: string[] }[]> {
  return (await client.query<{ name: string; columns: string[] }>(TABLES)).rows;
}

/** Where each sequence stands: never behind what the snapshot holds. */
export async function readSequences(client: pg.ClientBase): Promise<Manifest['sequences']> {
  const { rows } = await client.query<{ name: string }>(SEQUENCES);
  const read: Manifest['sequences'] = [];
  for (const { name } of rows) {
    const found = await client.query<{ value: string; called: boolean }>(
      `SELECT last_value::text AS value, is_called AS called FROM ${pg.escapeIdentifier(name)}`,
    );
    read.push({ name, ...found.rows[0]! });
  }
  return read;
}

const LINE_FEED = 0x0a;
const namesOf = (columns: readonly string[]) => columns.map((name) => pg.escapeIdentifier(name)).join(', ');

/**
 * A table by COPY, cut between rows into parts that are each a COPY of their own.
 * @param told gets what was read
 */
export async function* copyOut(
  client: pg.ClientBase,
  { name, columns }: { name: string; columns: string[] },
  told: (content: TableContent) => void,
): AsyncGenerator<ArchiveEntry> {
  const parts: Part[] = [];
  const entryOf = (body: Buffer): ArchiveEntry => {
    const entry = `tables/${name}/${String(parts.length + 1).padStart(6, '0')}`;
    parts.push(partOf(entry, body, rowsIn(body)));
    return { name: entry, body };
  };
  let held: Buffer[] = [];
  let bytes = 0;
  const rows = client.query(copyTo(`COPY ${pg.escapeIdentifier(name)} (${namesOf(columns)}) TO STDOUT`));
  for await (const chunk of rows as AsyncIterable<Buffer>) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < PART_BYTES || !chunk.includes(LINE_FEED)) continue;
    const all = Buffer.concat(held);
    const end = all.lastIndexOf(LINE_FEED) + 1;
    held = [all.subarray(end)];
    bytes = all.length - end;
    yield entryOf(all.subarray(0, end));
  }
  if (bytes > 0) yield entryOf(Buffer.concat(held));
  told({ name, columns, rows: parts.reduce((sum, part) => sum + part.rows, 0), parts });
}

export async function copyIn(
  client: pg.ClientBase,
  { name, columns }: { name: string; columns: string[] },
  body: Buffer,
): Promise<void> {
  const rows = client.query(copyFrom(`COPY ${pg.escapeIdentifier(name)} (${namesOf(columns)}) FROM STDIN`));
  await pipeline(Readable.from([body]), rows);
}

/** Line feeds within values are written as `\n`: each one in the text ends a row. */
export function rowsIn(body: Buffer): number {
  let rows = 0;
  for (let at = body.indexOf(LINE_FEED); at !== -1; at = body.indexOf(LINE_FEED, at + 1)) rows += 1;
  return rows;
}

export const partOf = (entry: string, body: Buffer, rows: number): Part => ({
  entry,
  bytes: body.length,
  sha256: hash('sha256', body, 'hex'),
  rows,
});

/** What the app made in its schema, as statements that remove it. What an extension brought stays. */
const DROPS = `
SELECT statement FROM (
  SELECT CASE c.relkind WHEN 'S' THEN 2 ELSE 1 END AS step, format('DROP %s IF EXISTS %I CASCADE', CASE c.relkind
    WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname) AS statement,
    'pg_class'::regclass AS class, c.oid AS object
  FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  UNION ALL
  SELECT 3, format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure), 'pg_proc'::regclass, p.oid
  FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
  UNION ALL
  SELECT 4, format('DROP TYPE IF EXISTS %I CASCADE', t.typname), 'pg_type'::regclass, t.oid
  FROM pg_type t WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype IN ('e', 'd')
) made WHERE NOT EXISTS (
  -- An identity's sequence goes with its table.
  SELECT FROM pg_depend d WHERE d.classid = made.class AND d.objid = made.object AND d.deptype IN ('e', 'i'))
ORDER BY step`;

/** Empties the schema, in the transaction that is open. */
export async function dropEverything(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(DROPS);
  for (const { statement } of rows) await client.query(statement);
}

const KEYS = `
SELECT c.conrelid::regclass::text AS table, quote_ident(c.conname) AS name, pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace`;

const TRIGGERS = `
SELECT t.tgrelid::regclass::text AS table, quote_ident(t.tgname) AS name, t.tgenabled AS mode
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relnamespace = current_schema()::regnamespace`;

const ENABLE: Record<string, string> = { O: 'ENABLE', A: 'ENABLE ALWAYS', R: 'ENABLE REPLICA' };

/**
 * Makes the tables ready for rows in any order that are as they were: without what the migrations put in, without the keys
 * between them, and without the triggers that number, chain and protect.
 * @returns puts keys and triggers back; fails when a row has no partner
 */
export async function openForLoading(client: pg.ClientBase): Promise<() => Promise<void>> {
  const keys = await client.query<{ table: string; name: string; definition: string }>(KEYS);
  const triggers = await client.query<{ table: string; name: string; mode: string }>(TRIGGERS);
  for (const { table, name } of keys.rows) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  for (const { table, name } of triggers.rows)
    await client.query(`ALTER TABLE ${table} DISABLE TRIGGER ${name}`);
  const tables = await client.query<{ tables: string }>(
    `SELECT string_agg(c.oid::regclass::text, ', ') AS tables FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'`,
  );
  await client.query(`TRUNCATE ${tables.rows[0]!.tables}`);
  return async () => {
    for (const { table, name, definition } of keys.rows)
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
    for (const { table, name, mode } of triggers.rows)
      await client.query(`ALTER TABLE ${table} ${ENABLE[mode]!} TRIGGER ${name}`);
  };
}
