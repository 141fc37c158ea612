import { hostname } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import type { ArchiveEntry } from '../../lib/archive/tar.ts';
import type { Services } from '../../lib/services.server.ts';
import { SETTING_NAMES } from '../../lib/settings/config.ts';
import { VERSION } from '../../lib/version.server.ts';
import { verifyAuditOver } from '../audit/verify-audit.server.ts';
import { countLedger } from '../facts/ledger.server.ts';
import { readLiving } from '../processes/process-row.server.ts';
import { publish, writeArchive } from './archive-file.server.ts';
import {
  ABOUT_ENTRY,
  type FileContent,
  FORMAT,
  type Manifest,
  MANIFEST_ENTRY,
  type TableContent,
} from './backup-format.ts';
import { checkBackup } from './check-backup.server.ts';
import {
  connectForLong,
  copyOut,
  HISTORY_TABLE,
  listTables,
  LONG_TRANSACTION,
  readSequences,
} from './copy-tables.server.ts';
import { holdFiles, namesOfKind } from './keep-files.server.ts';

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

/** What lies in files of other machines, which this backup does not have. */
async function countElsewhere(client: pg.ClientBase, dataDir: string): Promise<Manifest['elsewhere']> {
  const living = await readLiving(client);
  const others = living.filter((process) => process.host !== hostname() || process.dataDir !== dataDir);
  return {
    spooled: others.reduce((sum, { spooled }) => sum + spooled, 0),
    // Processes that share a folder count it each.
    quarantined: [...Map.groupBy(others, ({ host, dataDir: folder }) => `${host}:${folder}`).values()].reduce(
      (sum, sharing) => sum + Math.max(...sharing.map(({ quarantined }) => quarantined)),
      0,
    ),
  };
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
