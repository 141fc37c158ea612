import type { IncidentSummary } from '../features/incidents/incident-view.ts';
import { visible } from '../lib/visible.ts';

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
