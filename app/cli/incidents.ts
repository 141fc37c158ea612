import type { IncidentSummary } from '../features/incidents/incident-view.ts';
import { aWeekAgo, type IncidentPage, listIncidents } from '../features/incidents/read-incidents.server.ts';
import { visible } from '../lib/visible.ts';
import { argumentsOrExit, JSON_OPTION, remoteOptions } from './command-line.ts';
import { runHereOrRemote } from './with-services.server.ts';

const COLUMNS: [string, (incident: IncidentSummary) => string][] = [
  ['id', ({ id }) => String(id)],
  ['severity', ({ severity }) => severity],
  [
    'status',
    ({ status, recoveredAt }) => (recoveredAt && status !== 'resolved' ? `${status}, recovered` : status),
  ],
  ['cause', ({ cause, drill }) => (drill ? `${cause} (drill)` : cause)],
  ['openedAt', ({ openedAt }) => openedAt],
  ['startedAt', ({ startedAt }) => startedAt],
  ['acknowledgedBy', ({ acknowledgedBy }) => visible(acknowledgedBy ?? '-')],
  ['assignee', ({ assignee }) => visible(assignee ?? '-')],
  ['resolvedAt', ({ resolvedAt }) => resolvedAt ?? '-'],
  ['title', ({ title }) => visible(title)],
];

/** Incidents as a table for a person at a terminal. */
export function incidentsText(incidents: readonly IncidentSummary[], all: boolean): string {
  if (incidents.length === 0)
    return all ? 'There has been no incident.\n' : 'No incident is open, and none began within a week.\n';
  const rows = [
    COLUMNS.map(([name]) => name),
    ...incidents.map((one) => COLUMNS.map(([, cell]) => cell(one))),
  ];
  const widths = COLUMNS.map((_column, index) => Math.max(...rows.map((row) => row[index]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

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
