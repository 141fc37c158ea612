import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import type { ArchiveEntry } from '../../lib/archive/tar.ts';
import type { Services } from '../../lib/services.server.ts';
import { SETTING_NAMES } from '../../lib/settings/config.ts';
import { VERSION } from '../../lib/version.server.ts';
import { verifyAuditOver } from '../audit/verify-audit.server.ts';
import { countLedger } from '../facts/ledger.server.ts';
import { publish, writeArchive } from './archive-file.server.ts';
import {
  ABOUT_ENTRY,
  type FileContent,
  FORMAT,
  type Manifest,
  MANIFEST_ENTRY,
  rowsOf,
  type TableContent,
} from './backup-format.ts';
import { claimBackup, noteFailed, noteMade } from './backup-rows.server.ts';
import { checkBackup } from './check-backup.server.ts';
import {
  connectForLong,
  copyOut,
  HISTORY_TABLE,
  listTables,
  LONG_TRANSACTION,
  readSequences,
} from './copy-tables.server.ts';
import { countElsewhere, holdFiles, namesOfKind } from './backup-files.server.ts';

export interface BackupOptions {
  file: string;
  /** It is encrypted with this; null: not at all. */
  passphrase: string | null;
  /** Session secret and webhook secrets go in, too. */
  withSecrets: boolean;
  signal?: AbortSignal;
}

/** Under which name a backup stands until it is whole. */
const partialOf = (file: string): string => `${file}.partial`;

/**
 * Writes what this app holds to one file, while it runs, and reads it again to the last byte before it gets its name.
 * All tables are of one moment (one REPEATABLE READ snapshot). Spool files are opened before and after that moment: what is imported meanwhile is in
 * one of both, and what is in both is known by its key when it is put back.
 * @throws BackupProblem with a sentence; nothing is left of the file then
 * @throws Error of the database
 */
export async function makeBackup(services: Services, options: BackupOptions): Promise<Manifest> {
  const { file, passphrase, signal } = options;
  const partial = partialOf(file);
  await writeArchive(partial, passphrase, contents(services, options), signal);
  const manifest = await checkBackup(partial, passphrase);
  await publish(partial, file);
  return manifest;
}

async function* contents(services: Services, options: BackupOptions): AsyncGenerator<ArchiveEntry> {
  const dataDir = path.resolve(services.config.DATA_DIR);
  const files = holdFiles(dataDir, [
    'spool',
    'quarantine',
    ...(options.withSecrets ? ['secret' as const] : []),
  ]);
  const client = await connectForLong(services.db);
  try {
    await files.look();
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${LONG_TRANSACTION}`);
    const about = await readAbout(client);
    await files.look();
    yield json(ABOUT_ENTRY, about);

    const found = await listTables(client);
    // A migration in the middle would change them under our hands.
    await client.query(`LOCK TABLE ${found.map(({ name }) => `"${name}"`).join(', ')} IN ACCESS SHARE MODE`);
    const tables: TableContent[] = [];
    for (const table of found) yield* copyOut(client, table, (content) => tables.push(content));
    const elsewhere = await countElsewhere(client, dataDir);
    const ledger = await countLedger(client);
    const audit = await verifyAuditOver(client);
    const sequences = await readSequences(client);
    await client.query('COMMIT');

    const kept: FileContent[] = [];
    yield* files.entries((content) => kept.push(content));
    const manifest: Manifest = {
      ...about,
      tables,
      sequences,
      files: kept,
      secrets: { present: await namesOfKind(dataDir, 'secret'), included: options.withSecrets },
      settings: SETTING_NAMES.filter((name) => process.env[name]?.trim()),
      elsewhere,
      ledger: {
        received: ledger.received,
        delivered: ledger.delivered,
        dead: ledger.dead,
        balanced: ledger.balanced,
      },
      audit:
        audit.outcome === 'intact'
          ? { intact: true, rows: audit.rows, words: null }
          : { intact: false, rows: null, words: audit.problem },
    };
    yield json(MANIFEST_ENTRY, manifest);
  } finally {
    await files.close();
    await client.end().catch(() => undefined);
  }
}

async function readAbout(client: pg.ClientBase) {
  const { rows } = await client.query<{ now: Date }>('SELECT now() AS now');
  const history = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM ${HISTORY_TABLE} WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`,
  );
  return {
    format: FORMAT,
    version: VERSION,
    createdAt: rows[0]!.now.toISOString(),
    migrations: history.rows.map(({ name }) => name),
  };
}

const json = (name: string, value: object): ArchiveEntry => ({
  name,
  body: Buffer.from(`${JSON.stringify(value, null, 1)}\n`),
});

/** After a failure it is tried again within this time, ms. */
const RETRY_MS = 15 * 60_000;
/** Those that the clock made, and what a killed process left of one. */
const MADE = /^outage-center-\d{8}T\d{6}Z\.backup$/;
const PARTIAL = /^outage-center-\d{8}T\d{6}Z\.backup\.partial$/;

/** @returns e.g. `outage-center-20261129T220000Z.backup`; in the order of names they are in that of time */
const nameAt = (now: Date) => `outage-center-${now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')}.backup`;

/**
 * Makes the backup that is due, in one process of all that have a BACKUP_DIR, and removes the oldest ones beyond those that
 * are kept; after a failure nothing is removed.
 */
export async function tickBackup(
  services: Services,
  now: () => Date,
  signal?: AbortSignal,
): Promise<boolean> {
  const { config, db, log, changes, processId } = services;
  const { BACKUP_DIR: folder, BACKUP_INTERVAL: everyMs, BACKUP_KEEP: keep, BACKUP_KEY } = config;
  if (!folder) return false;
  const began = now();
  const file = path.join(path.resolve(folder), nameAt(began));
  const passphrase = BACKUP_KEY ?? null;
  const id = await claimBackup(db.pool, {
    now: began,
    owner: processId,
    file,
    encrypted: passphrase !== null,
    everyMs,
    retryMs: Math.min(RETRY_MS, everyMs),
  });
  if (id === null) return false;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeAll(folder, await namesOf(folder, PARTIAL));
    const manifest = await makeBackup(services, { file, passphrase, withSecrets: false, signal });
    const { size: bytes } = await stat(file);
    await noteMade(db.pool, id, { now: now(), bytes, rows: rowsOf(manifest) });
    log.info({ file, bytes, rows: rowsOf(manifest) }, 'backup made');
    await removeAll(folder, (await namesOf(folder, MADE)).slice(0, -keep));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    log.error({ problem }, 'no backup was made');
    await noteFailed(db.pool, id, { now: now(), problem });
  }
  changes.announce('page');
  return false;
}

async function namesOf(folder: string, pattern: RegExp): Promise<string[]> {
  return (await readdir(folder)).filter((name) => pattern.test(name)).sort();
}

async function removeAll(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(path.join(folder, name), { force: true });
}
