import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { decodeText } from './decode-text.server.ts';
import { importKey } from './import-key.server.ts';
import type { ImportProblem, ImportReport } from './import-report.ts';
import { findKnown } from './find-known.server.ts';
import { insertTicket, type NewTicket } from './insert-ticket.server.ts';
import { parseCsv } from './parse-csv.server.ts';
import { readRow, type TicketRowInput } from './read-row.ts';
import { knownZone, type DateOrder } from './read-times.ts';
import { STATUS_WORDS } from './ticket-view.ts';

/** A file is this large at most, bytes. */
export const MOST_BYTES = 1_000_000;

export type ImportOutcome =
  { outcome: 'imported'; report: ImportReport } | { outcome: 'refused'; problem: ImportProblem };

/**
 * Brings in a spreadsheet that was kept by hand. Good rows become tickets, bad ones are reported by line. A row that is a
 * ticket here already, from this file or from our own export, is left as it is: bringing a file in twice changes nothing.
 */
export async function importTickets(
  services: Services,
  request: { bytes: Buffer; zone: string; order: DateOrder; actor: Actor; now: Date },
): Promise<ImportOutcome> {
  const { bytes, actor, now, order } = request;
  if (bytes.length > MOST_BYTES) return { outcome: 'refused', problem: 'too_large' };
  const zone = knownZone(request.zone);
  if (zone === null) return { outcome: 'refused', problem: 'zone_unknown' };
  const { text, encoding } = decodeText(bytes);
  const parsed = parseCsv(text);
  if (parsed.outcome !== 'parsed') return { outcome: 'refused', problem: parsed.outcome };
  const report: ImportReport = { encoding, added: 0, known: [], bad: parsed.bad };
  const good: { line: number; row: TicketRowInput }[] = [];
  for (const { line, cells } of parsed.rows) {
    const reading = readRow(cells, { zone, order }, now);
    if (reading.ok) good.push({ line, row: reading.row });
    else report.bad.push({ line, problem: reading.problem });
  }
  report.bad.sort((a, b) => a.line - b.line);
  await inTransaction(services.db.pool, async (client) => {
    const known = await findKnown(
      client,
      services.config,
      good.map(({ row }) => row),
    );
    for (const { line, row } of good) {
      const key = importKey(row);
      const there = known.find(row);
      if (there) {
        report.known.push({ line, ticket: there.name, note: differs(row, there.status) });
        continue;
      }
      const id = await insertTicket(client, services.config, ticketOf(row, key, now), {
        by: actor.name,
        text: whence(line, row),
        now,
      });
      // Null: somebody brings the same file in at this moment.
      if (id === null) report.known.push({ line, ticket: 'being added by somebody else', note: null });
      else {
        report.added += 1;
        known.add(key, { id, status: row.status });
      }
    }
    await recordAudit(client, {
      actor,
      action: 'tickets.import',
      target: 'tickets',
      after: { added: report.added, known: report.known.length, bad: report.bad.length, encoding },
      at: now,
    });
  });
  services.changes.announce('page');
  return { outcome: 'imported', report };
}

function ticketOf(row: TicketRowInput, key: string, now: Date): NewTicket {
  const { response, receivedAt } = row;
  const length = response?.kind === 'length' ? response.ms : null;
  // Without the time of arrival only the length is known: it is kept by counting back from now.
  const start = receivedAt ?? (length === null ? now : new Date(now.getTime() - length));
  const answered = response?.kind === 'moment' ? (receivedAt ? response.at : null) : null;
  return {
    customer: row.customer,
    email: row.email,
    issue: row.issue,
    status: row.status,
    receivedAt: start,
    receivedKnown: receivedAt !== null,
    firstResponseAt: length === null ? answered : new Date(start.getTime() + length),
    externalId: row.externalId,
    importKey: key,
  };
}

function whence(line: number, { response, receivedAt }: TicketRowInput): string {
  const answered =
    response?.kind === 'moment' && !receivedAt ? `, answered at ${response.at.toISOString()}` : '';
  return `Brought in from line ${line} of a spreadsheet${answered}`;
}

const differs = (row: TicketRowInput, status: TicketRowInput['status']) =>
  row.status === status
    ? null
    : `the file says ${STATUS_WORDS[row.status]}, here it is ${STATUS_WORDS[status]}: left as it is`;
