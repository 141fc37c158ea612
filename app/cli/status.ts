import { parseArgs } from 'node:util';
import { readOpsStatus } from '../features/delivery/dead-letters/ops-status.view.server.ts';
import { recentReplays } from '../features/delivery/dead-letters/replay-progress.view.server.ts';
import { countLedger } from '../features/facts/ledger.server.ts';
import type { Services } from '../lib/services.server.ts';
import { countOrphanedSpool } from './count-spooled.server.ts';
import { connectRemote, runRemote } from './remote.server.ts';
import { statusText, type Status } from './status-text.ts';
import { runWithServices } from './with-services.server.ts';

const USAGE = `npm run ops:status [-- --json] [--url ADDRESS [--token TOKEN]]
Shows where every webhook is, counted row by row. Ends with 0, with 3 when the ledger does not balance.
With --url of a remote app, whose API token is in OUTAGE_CENTER_TOKEN or given with --token.\n`;

interface StatusArgs {
  json: boolean;
  url?: string;
  token?: string;
}

function argumentsOrExit(): StatusArgs {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        url: { type: 'string' },
        token: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (!values.help) return values;
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

const { json, url, token } = argumentsOrExit();

function show(status: Status): number {
  process.stdout.write(json ? `${JSON.stringify(status)}\n` : statusText(status));
  return status.ledger.balanced ? 0 : 3;
}

if (url === undefined) await runWithServices(async (services) => show(await readStatus(services)));
else {
  const remote = connectRemote(url, token);
  await runRemote(async () => show((await remote.get('/api/status')) as Status));
}
