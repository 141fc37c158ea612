import type pg from 'pg';
import type { Config } from '../../lib/config.ts';
import { importKey } from './import-key.server.ts';
import type { TicketRowInput } from './read-row.ts';
import { ticketTexts } from './ticket-row.server.ts';
import { ticketName, type TicketStatus } from './ticket-view.ts';

interface There {
  id: number;
  status: TicketStatus;
}

/** Tickets that rows of a spreadsheet are already. */
export interface Known {
  find(row: TicketRowInput): (There & { name: string }) | null;
  /** One that was just added from this file. */
  add(key: string, ticket: There): void;
}

/** Looks rows up: by the key of an earlier import, or by our own number when the customer is the same. */
export async function findKnown(
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
  const [, digits] = /^T-([1-9]\d{0,14})$/i.exec(externalId ?? '') ?? [];
  return digits === undefined ? null : Number(digits);
}
