import { open, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { readOpsStatus } from '../features/delivery/read-queue.server.ts';
import { recentReplays } from '../features/delivery/replays/read-replays.server.ts';
import { countLedger } from '../features/facts/ledger.server.ts';
import { countQuarantined, parseSpoolFileName } from '../features/intake/spool/spool-file.server.ts';
import { readSpool } from '../features/intake/spool/read-spool.server.ts';
import { IS_ALIVE } from '../features/processes/liveness.ts';
import type { Services } from '../lib/services.server.ts';
import { argumentsOrExit, JSON_OPTION, remoteOptions } from './command-line.ts';
import { runHereOrRemote } from './with-services.server.ts';
import { type Status, statusText } from './status-words.ts';

const COMMAND = {
  name: 'ops:status',
  does: 'Shows where every webhook is, counted row by row.',
  options: { json: JSON_OPTION, ...remoteOptions('page.read') },
  ends: ['when the ledger balances', 'when it does not, or nobody could look'],
} as const;

async function readStatus(services: Services): Promise<Status> {
  const now = services.db.clock.now();
  const [{ unmatched, ...ledger }, ops, replays, spooled, quarantined] = await Promise.all([
    countLedger(services.db.pool),
    readOpsStatus(services, now),
    recentReplays(services, now),
    countOrphanedSpool(services),
    countOrphanedQuarantine(services),
  ]);
  const whole = {
    ...ledger,
    spooled: ledger.spooled + spooled,
    quarantined: ledger.quarantined + quarantined,
  };
  return { at: now, ledger: whole, unmatched, ...ops, replays };
}

const args = argumentsOrExit(COMMAND);

function show(status: Status): number {
  process.stdout.write(args.json ? `${JSON.stringify(status)}\n` : statusText(status));
  return status.ledger.balanced ? 0 : 1;
}

await runHereOrRemote(args, {
  here: async (services) => show(await readStatus(services)),
  remote: async (remote) => show((await remote.get('/api/status')) as Status),
});

/**
 * Webhooks in this machine's spool files that no running process counts as its own, and that are not imported yet:
 * what an app that is down still holds.
 */
export async function countOrphanedSpool(services: Services): Promise<number> {
  const { pool } = services.db;
  const folder = path.join(services.config.DATA_DIR, 'spool');
  const names = await readdir(folder).catch(() => [] as string[]);
  const files = names.flatMap((name) => {
    const parsed = parseSpoolFileName(name);
    return parsed ? [{ ...parsed, path: path.join(folder, name) }] : [];
  });
  if (files.length === 0) return 0;
  const alive = await pool.query<{ pid: number }>(
    `SELECT pid FROM processes WHERE host = $1 AND ${IS_ALIVE}`,
    [hostname()],
  );
  const imports = await pool.query<{ file: string; offset: number }>(
    'SELECT file, "offset" FROM spool_imports WHERE file = ANY($1::text[])',
    [files.map((file) => file.id)],
  );
  const pids = new Set(alive.rows.map((row) => row.pid));
  const imported = new Map(imports.rows.map((row) => [row.file, row.offset]));
  let count = 0;
  for (const file of files)
    if (!pids.has(file.owner.pid)) count += await countRecords(file.path, imported.get(file.id) ?? 0);
  return count;
}

/** Webhooks set aside in this machine's quarantine folder, when no running process tells of it. */
export async function countOrphanedQuarantine({ config, db }: Services): Promise<number> {
  const dataDir = path.resolve(config.DATA_DIR);
  const { rowCount } = await db.pool.query(
    `SELECT FROM processes WHERE (host, data_dir) = ($1, $2) AND role <> 'worker' AND ${IS_ALIVE}`,
    [hostname(), dataDir],
  );
  return rowCount ? 0 : countQuarantined(path.join(dataDir, 'spool'));
}

async function countRecords(file: string, from: number): Promise<number> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    // Imported and removed, or taken over by a process that starts right now.
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!handle) return 0;
  try {
    const { size } = await handle.stat();
    let count = 0;
    for (let at = from; at < size;) {
      const chunk = await readSpool(handle, at, size);
      if (chunk.kind === 'torn') break;
      if (chunk.kind === 'records') count += chunk.records.length;
      at = chunk.next;
    }
    return count;
  } finally {
    await handle.close();
  }
}
