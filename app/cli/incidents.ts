import type { IncidentSummary } from '../features/incidents/incident-view.ts';
import {
  aWeekAgo,
  listIncidents,
  type IncidentPage,
} from '../features/incidents/list-incidents.view.server.ts';
import { incidentsText } from './incidents-text.ts';
import { argumentsOrExit } from './arguments-or-exit.server.ts';
import { JSON_OPTION, remoteOptions } from './command-line.ts';
import { runHereOrRemote } from './remote.server.ts';

const COMMAND = {
  name: 'ops:incidents',
  does: 'Lists the incidents that need somebody and those that began within a week, the newest first.',
  options: {
    all: { type: 'boolean', help: 'the older ones too; 200 at most' },
    json: JSON_OPTION,
    ...remoteOptions('page.read'),
  },
  ends: ['when it could look, whatever it found', 'when it could not'],
} as const;

const MOST = 200;

const args = argumentsOrExit(COMMAND);

function show({ incidents }: IncidentPage): number {
  // Over HTTP times come as Date objects: JSON makes them the texts they were.
  const plain = JSON.parse(JSON.stringify(incidents)) as IncidentSummary[];
  process.stdout.write(args.json ? `${JSON.stringify(plain)}\n` : incidentsText(plain, args.all ?? false));
  return 0;
}

await runHereOrRemote(args, {
  here: async (services) =>
    show(
      await listIncidents(services, {
        since: args.all ? null : aWeekAgo(services.db.clock.now()),
        pageSize: MOST,
      }),
    ),
  remote: async (remote) =>
    show((await remote.get(`/api/incidents${args.all ? '?all=1' : ''}`)) as IncidentPage),
});
