import { createHash } from 'node:crypto';
import type { TicketRowInput } from './read-row.ts';

/**
 * What makes a row of a spreadsheet the same row the next time: its number and its customer, or without a number all that
 * it says at first. Numbers alone would not do: two people's spreadsheets both have a ticket 1.
 */
export function importKey({ externalId, customer, email, issue, receivedAt }: TicketRowInput): string {
  const parts = externalId
    ? ['id', externalId.toLowerCase(), customer.toLowerCase()]
    : ['row', customer.toLowerCase(), email?.toLowerCase(), issue, receivedAt?.toISOString()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
