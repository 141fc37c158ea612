import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { HEALTH_RANGES, HealthPage, type HealthRange } from '../components/settings/health/health-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { readBackupState } from '../features/backup/backup-rows.server.ts';
import { backupWords } from '../features/backup/judge-backups.ts';
import { readClockDifference } from '../lib/chatwoot/clock.server.ts';
import { clockDifferenceWords } from '../lib/time-words.ts';
import { readArrivalCard } from '../features/overview/read-arrival-card.server.ts';
import { readComponentHistory, readIncidentBands } from '../features/health/read-component-history.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Health');

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const wish = new URL(args.request.url).searchParams.get('range') ?? '';
  const range = Object.hasOwn(HEALTH_RANGES, wish) ? (wish as HealthRange) : '24h';
  const now = args.context.services.db.clock.now();
  const hours = HEALTH_RANGES[range];
  const { services } = args.context;
  const { BACKUP_DIR, BACKUP_INTERVAL: everyMs, BACKUP_KEEP: keep } = services.config;
  const [components, incidents, clock, arrival, backups] = await Promise.all([
    readComponentHistory(services, { range: hours, now }),
    readIncidentBands(services, new Date(now.getTime() - hours * 3_600_000)),
    readClockDifference(services.db.pool, now),
    readArrivalCard(services, { range, now }),
    readBackupState(services.db.pool),
  ]);
  return json(
    {
      at: now.toISOString(),
      range,
      components,
      incidents,
      arrival,
      backups: backupWords(backups, { schedule: BACKUP_DIR ? { everyMs, keep } : null, now }),
      clock: clock && clockDifferenceWords(clock),
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function Health() {
  return <HealthPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="The health of the services cannot be read now"
      sentence="The database does not answer, or something failed. Checks go on by themselves when it is back."
      retry
    />
  );
}
