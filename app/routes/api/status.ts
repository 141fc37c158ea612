import { onlyRead } from '../../lib/http/form-action.server.ts';
import type { LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { readOpsStatus } from '../../features/delivery/read-queue.server.ts';
import { recentReplays } from '../../features/delivery/replays/read-replays.server.ts';
import { countLedger } from '../../features/facts/ledger.server.ts';

/** What `ops:status -- --json` prints, over HTTP: the ledger counted row by row, breaker, dead letters, replays. */
export async function loader({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const { services } = context;
  const now = services.db.clock.now();
  const [{ unmatched, ...ledger }, ops, replays] = await Promise.all([
    countLedger(services.db.pool),
    readOpsStatus(services, now),
    recentReplays(services, now),
  ]);
  return Response.json(
    { at: now, ledger, unmatched, ...ops, replays },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export const action = () => onlyRead();
