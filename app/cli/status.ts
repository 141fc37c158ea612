import { parseArgs } from 'node:util';
import { readOpsStatus } from '../features/delivery/dead-letters/ops-status.view.server.ts';
import { recentReplays } from '../features/delivery/dead-letters/replay-progress.view.server.ts';
import { countLedger } from '../features/facts/ledger.server.ts';
import type { Services } from '../lib/services.server.ts';
import { countOrphanedSpool } from './count-spooled.server.ts';
import { statusText, type Status } from './status-text.ts';
import { runWithServices } from './with-services.server.ts';

const USAGE = `npm run ops:status [-- --json]
Shows where every webhook is, counted row by row. Ends with 0, with 3 when the ledger does not balance.\n`;

function jsonWanted(): boolean {
  try {
    const { values } = parseArgs({
      options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
    });
    if (!values.help) return values.json;
    process.stdout.write(USAGE);
    return process.exit(0);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    return process.exit(2);
  }
}

async function readStatus(services: Services): Promise<Status> {
  const now = new Date();
  const [{ unmatched, ...ledger }, ops, replays, orphaned] = await Promise.all([
    countLedger(services.db.pool),
    readOpsStatus(services, now),
    recentReplays(services, now),
    countOrphanedSpool(services),
  ]);
  return { at: now, ledger: { ...ledger, spooled: ledger.spooled + orphaned }, unmatched, ...ops, replays };
}

const json = jsonWanted();
await runWithServices(async (services) => {
  const status = await readStatus(services);
  process.stdout.write(json ? `${JSON.stringify(status)}\n` : statusText(status));
  return status.ledger.balanced ? 0 : 3;
});
