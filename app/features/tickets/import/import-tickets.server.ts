import { createHash } from 'node:crypto';
import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Config } from '../../../lib/settings/config.ts';
import { knownZone } from '../../../lib/zone.ts';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { insertTickets, type NewTicket } from '../add-ticket.server.ts';
import { ticketTexts } from '../ticket-row.server.ts';
import {
  type ImportProblem,
  type ImportReport,
  STATUS_WORDS,
  ticketName,
  type TicketStatus,
} from '../ticket-view.ts';
import { decodeText, parseCsv } from './parse-csv.server.ts';
import { type DateOrder, readRow, type TicketRowInput } from './read-row.ts';
import { parseRowNumber } from '../../../lib/http/form-fields.ts';

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
    const added = new Map<string, (typeof good)[number]>();
    const again: (typeof good)[number][] = [];
    for (const one of good) {
      const there = known.find(one.row);
      if (there)
        report.known.push({ line: one.line, ticket: there.name, note: differs(one.row, there.status) });
      // A row that is in the file twice.
      else if (added.has(importKey(one.row))) again.push(one);
      else added.set(importKey(one.row), one);
    }
    const ids = await insertTickets(
      client,
      services.config,
      [...added].map(([key, { line, row }]) => ({ ...ticketOf(row, key, now), text: whence(line, row) })),
      { by: actor.name, now },
    );
    for (const [index, [key, { line, row }]] of [...added].entries()) {
      const id = ids[index] ?? null;
      // Null: somebody brings the same file in at this moment.
      if (id === null) report.known.push({ line, ticket: 'being added by somebody else', note: null });
      else {
        report.added += 1;
        known.add(key, { id, status: row.status });
      }
    }
    for (const { line, row } of again) {
      const there = known.find(row);
      report.known.push({
        line,
        ticket: there?.name ?? 'being added by somebody else',
        note: there && differs(row, there.status),
      });
    }
    report.known.sort((one, other) => one.line - other.line);
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

interface There {
  id: number;
  status: TicketStatus;
}

/** Tickets that rows of a spreadsheet are already. */
interface Known {
  find(row: TicketRowInput): (There & { name: string }) | null;
  /** One that was just added from this file. */
  add(key: string, ticket: There): void;
}

/** Looks rows up: by the key of an earlier import, or by our own number when the customer is the same. */
async function findKnown(
  client: pg.ClientBase,
  config: Config,
  rows: readonly TicketRowInput[],
): Promise<Known> {
  const keyed = await client.query<There & { import_key: string }>(
    'SELECT id, status, import_key FROM manual_tickets WHERE import_key = ANY($1::text[])',
    [rows.map(importKey)],
  );
  const byKey = new Map<string, There>(keyed.rows.map((row) => [row.import_key, row]));
  const numbered = await client.query<There & { marker: string; customer: string }>(
    'SELECT id, status, marker, customer FROM manual_tickets WHERE id = ANY($1::bigint[])',
    [rows.map(({ externalId }) => ownNumber(externalId)).filter((id) => id !== null)],
  );
  const byNumber = new Map(numbered.rows.map((row) => [row.id, row]));
  return {
    find(row) {
      const own = byNumber.get(ownNumber(row.externalId) ?? -1);
      const isOwn = own && ticketTexts(config, own.marker).open(own.customer) === row.customer;
      const there = isOwn ? own : byKey.get(importKey(row));
      return there ? { ...there, name: ticketName(there.id) } : null;
    },
    add: (key, ticket) => byKey.set(key, ticket),
  };
}

/** 12 of `T-12`. */
function ownNumber(externalId: string | null): number | null {
  return /^T-/i.test(externalId ?? '') ? parseRowNumber(externalId!.slice(2)) : null;
}

/**
 * What makes a row of a spreadsheet the same row the next time: its number and its customer, or without a number all that
 * it says at first. Numbers alone would not do: two people's spreadsheets both have a ticket 1.
 */
function importKey({ externalId, customer, email, issue, receivedAt }: TicketRowInput): string {
  const parts = externalId
    ? ['id', externalId.toLowerCase(), customer.toLowerCase()]
    : ['row', customer.toLowerCase(), email?.toLowerCase(), issue, receivedAt?.toISOString()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
