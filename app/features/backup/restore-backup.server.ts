import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { applyMigration, migrationNames, takeMigrationTurn } from '../../lib/database/migrate.server.ts';
import { countText } from '../../lib/words.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { verifyAuditOver } from '../audit/verify-audit.server.ts';
import { countLedger } from '../facts/ledger.server.ts';
import { readLiving } from '../processes/process-row.server.ts';
import { readArchive } from './archive-file.server.ts';
import { BackupProblem, type FileContent, type Manifest, rowsOf } from './backup-format.ts';
import { noteRestored } from './backup-rows.server.ts';
import { checkBackup } from './check-backup.server.ts';
import {
  connectForLong,
  copyIn,
  dropEverything,
  HISTORY_TABLE,
  listTables,
  LONG_TRANSACTION,
  openForLoading,
} from './copy-tables.server.ts';
import { type FilePiece, folderOf, importSpooled } from './backup-files.server.ts';

export interface RestoreOptions {
  file: string;
  passphrase: string | null;
  /** What the database holds is thrown away; without it a database that holds something is refused. */
  replace: boolean;
  actor: Actor;
}

export interface Restored {
  manifest: Manifest;
  /** Webhooks of the backup's spool that were not in its tables. */
  spooled: number;
  /** Migrations of this version that the backup did not have. */
  migrated: string[];
}

/** Numbers that others keep: PagerDuty and mail threads take what opens after a restore for what had the number before. */
const KNOWN_OUTSIDE: Readonly<Partial<Record<string, bigint>>> = { incidents_id_seq: 1000n };

/**
 * Puts a backup back: all of it or nothing, in one transaction that makes the tables anew as they were when the backup was
 * made, fills them, proves the counts, keys, ledger and audit chain, and then migrates them to this version. Whatever ends it before its
 * commit, the database holds what it held.
 * @throws BackupProblem with a sentence; nothing was changed then
 */
export async function restoreBackup(services: Services, options: RestoreOptions): Promise<Restored> {
  const { file, passphrase, actor } = options;
  const dataDir = path.resolve(services.config.DATA_DIR);
  const manifest = await checkBackup(file, passphrase);
  const own = await migrationNames();
  refuseNewer(file, manifest, own);
  const migrated = own.filter((name) => !manifest.migrations.includes(name));
  const client = await connectForLong(services.db);
  try {
    await client.query(`BEGIN; ${LONG_TRANSACTION}`);
    await refuseUsed(client, options.replace);
    await dropEverything(client);
    for (const name of manifest.migrations) await applyMigration(client, name);
    await load(client, options, manifest);
    await prove(client, manifest);
    for (const name of migrated) await applyMigration(client, name);
    await keepQuarantine(dataDir, manifest, options);
    await noteRestored(client, manifest.createdAt);
    const spooled = await importSpooled(client, dataDir, piecesOf(manifest, options, 'spool'));
    await recordAudit(client, {
      actor,
      action: 'backup.restore',
      target: `backup of ${manifest.createdAt}`,
      after: { rows: rowsOf(manifest), version: manifest.version, spooled, migrated },
      at: (await client.query<{ now: Date }>('SELECT clock_timestamp() AS now')).rows[0]!.now,
    });
    await client.query('COMMIT');
    await keepSecrets(dataDir, manifest, options);
    await client.query('ANALYZE').catch(() => undefined);
    return { manifest, spooled, migrated };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function refuseNewer(file: string, { migrations, version }: Manifest, own: readonly string[]): void {
  const unknown = migrations.find((name) => !own.includes(name));
  if (unknown === undefined) return;
  throw new BackupProblem(
    `${file} was made by a newer version (${version}, with the migration ${unknown}): install that version or a later one. Nothing was changed.`,
  );
}

/** @throws BackupProblem when somebody works on the database, or it holds what must not be lost */
async function refuseUsed(client: pg.ClientBase, replace: boolean): Promise<void> {
  if (!(await takeMigrationTurn(client)))
    throw new BackupProblem('Another process migrates or restores this database now. Nothing was changed.');
  const tables = await listTables(client);
  if (tables.length === 0) return;
  const history = await client.query<{ ours: boolean }>(
    `SELECT to_regclass('${HISTORY_TABLE}') IS NOT NULL AND to_regclass('webhook_events') IS NOT NULL AS ours`,
  );
  if (!history.rows[0]!.ours)
    throw new BackupProblem(
      'This database holds tables of something else: set DATABASE_URL to one of its own for Outage Center. Nothing was changed.',
    );
  const [living, ...others] = await readLiving(client);
  if (living)
    throw new BackupProblem(
      `Outage Center runs on this database (${living.role}, process ${living.pid} on ${living.host}${others.length > 0 ? `, and ${others.length} more` : ''}): stop it first; ten seconds after its end it counts as gone. Nothing was changed.`,
    );
  const { received } = await countLedger(client);
  const people = await countRows(client, 'people');
  if (!replace && received + people > 0)
    throw new BackupProblem(
      `This database is in use: it holds ${countText(received, 'webhook')} and ${people === 1 ? '1 person' : `${people} people`}. Make a backup of it, and say --replace to throw away what it holds. Nothing was changed.`,
    );
}

/** Every row as it was; then the keys between tables, which every row has to agree with. */
async function load(client: pg.ClientBase, options: RestoreOptions, manifest: Manifest): Promise<void> {
  const close = await openForLoading(client);
  const tableOf = new Map(manifest.tables.flatMap((table) => table.parts.map(({ entry }) => [entry, table])));
  for await (const { name, body } of readArchive(options.file, options.passphrase)) {
    const table = tableOf.get(name);
    if (table) await copyIn(client, table, body);
  }
  for (const { name, value, called } of manifest.sequences) {
    const ahead = KNOWN_OUTSIDE[name] ?? 0n;
    await client.query('SELECT setval($1::regclass, $2::bigint, $3)', [
      pg.escapeIdentifier(name),
      String(BigInt(value) + ahead),
      called,
    ]);
  }
  await close();
}

/** @throws BackupProblem when what was loaded is not what was written down */
async function prove(client: pg.ClientBase, manifest: Manifest): Promise<void> {
  for (const { name, rows } of manifest.tables) {
    const counted = await countRows(client, name);
    if (counted !== rows) throw differs(`${name} has ${counted} rows in place of ${rows}`);
  }
  const { received, delivered, dead, balanced } = await countLedger(client);
  const { ledger } = manifest;
  if (received !== ledger.received || delivered !== ledger.delivered || dead !== ledger.dead)
    throw differs('the ledger counts otherwise');
  if (balanced !== ledger.balanced) throw differs('the ledger does not balance');
  const audit = await verifyAuditOver(client);
  if (manifest.audit.intact && audit.outcome !== 'intact')
    throw differs(`of the audit log, ${audit.problem}`);
}

async function countRows(client: pg.ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*) AS n FROM ${pg.escapeIdentifier(table)}`,
  );
  return rows[0]!.n;
}

const differs = (what: string) =>
  new BackupProblem(
    `The backup was put back and is not the same (${what}), so it was undone. Nothing was changed.`,
  );

/** The files of a kind, piece by piece: a spool may be larger than memory. */
async function* piecesOf(
  manifest: Manifest,
  { file, passphrase }: RestoreOptions,
  kind: FileContent['kind'],
): AsyncGenerator<FilePiece> {
  const wanted = new Map(
    manifest.files
      .filter((one) => one.kind === kind)
      .flatMap(({ name, parts }) =>
        parts.map(({ entry }, at) => [entry, { name, last: at === parts.length - 1 }] as const),
      ),
  );
  if (wanted.size === 0) return;
  for await (const { name, body } of readArchive(file, passphrase)) {
    const piece = wanted.get(name);
    if (piece) yield { ...piece, bytes: body };
  }
}

/** Before the commit: what is set aside is tried by nobody, so it harms nobody when there is none. */
async function keepQuarantine(dataDir: string, manifest: Manifest, options: RestoreOptions): Promise<void> {
  await putFiles(folderOf(dataDir, 'quarantine'), piecesOf(manifest, options, 'quarantine'));
}

/** After it: a session secret opens only what is in its own database. */
async function keepSecrets(dataDir: string, manifest: Manifest, options: RestoreOptions): Promise<void> {
  await putFiles(folderOf(dataDir, 'secret'), piecesOf(manifest, options, 'secret'));
}

async function putFiles(folder: string, pieces: AsyncIterable<FilePiece>): Promise<void> {
  let held: Buffer[] = [];
  for await (const { name, bytes, last } of pieces) {
    held.push(bytes);
    if (!last) continue;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, name);
    await writeFile(`${file}.new`, Buffer.concat(held), { mode: 0o600, flush: true });
    await rename(`${file}.new`, file);
    held = [];
  }
}
