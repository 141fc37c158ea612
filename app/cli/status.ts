import { readOpsStatus } from '../features/delivery/read-queue.server.ts';
import { recentReplays } from '../features/delivery/replays/read-replays.server.ts';
import { countLedger } from '../features/facts/ledger.server.ts';
import type { Services } from '../lib/services.server.ts';
import { countOrphanedQuarantine, countOrphanedSpool } from './count-spooled.server.ts';
import { argumentsOrExit } from './arguments-or-exit.server.ts';
import { JSON_OPTION, remoteOptions } from './command-line.ts';
import { runHereOrRemote } from './remote.server.ts';
import { statusText, type Status } from './status-words.ts';

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
