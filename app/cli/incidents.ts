import { parseArgs } from 'node:util';
import type { IncidentSummary } from '../features/incidents/incident-view.ts';
import {
  aWeekAgo,
  listIncidents,
  type IncidentPage,
} from '../features/incidents/list-incidents.view.server.ts';
import { incidentsText } from './incidents-text.ts';
import { connectRemote, runRemote } from './remote.server.ts';
import { runWithServices } from './with-services.server.ts';

const USAGE = `npm run ops:incidents -- [--json] [--all] [--url ADDRESS [--token TOKEN]]
Lists the incidents that need somebody and those that began within a week, the newest first; with --all the older ones too
(200 at most). Ends with 0.
With --url of a remote app, whose API token is in OUTAGE_CENTER_TOKEN or given with --token.\n`;

const MOST = 200;

function argumentsOrExit() {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
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

const { json, all, url, token } = argumentsOrExit();

function show({ incidents }: IncidentPage): number {
  // Over HTTP times come as Date objects: JSON makes them the texts they were.
  const plain = JSON.parse(JSON.stringify(incidents)) as IncidentSummary[];
  process.stdout.write(json ? `${JSON.stringify(plain)}\n` : incidentsText(plain, all));
  return 0;
}

if (url === undefined)
  await runWithServices(async (services) =>
    show(await listIncidents(services, { since: all ? null : aWeekAgo(new Date()), pageSize: MOST })),
  );
else {
  const remote = connectRemote(url, token);
  await runRemote(async () =>
    show((await remote.get(`/api/incidents${all ? '?all=1' : ''}`)) as IncidentPage),
  );
}
