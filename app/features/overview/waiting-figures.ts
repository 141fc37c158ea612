import type { BacklogFigures } from './figures.ts';

/** Messages and customers are counted among so many of the oldest pending deliveries: about 10 ms. */
const LOOKED_AT = 20_000;

export interface WaitingRow {
  waiting_looked: number;
  waiting_messages: number;
  waiting_customers: number;
  oldest_waiting: Date | null;
}

/** What the backlog means to customers; the exact number of pending deliveries is the ledger's. */
export const WAITING = `
  SELECT count(*)::int AS waiting_looked,
    count(*) FILTER (WHERE signal = 'customer_message')::int AS waiting_messages,
    count(DISTINCT customer_key) FILTER (WHERE signal = 'customer_message')::int AS waiting_customers,
    min(received_at) AS oldest_waiting
  FROM (
    SELECT signal, customer_key, received_at FROM deliveries
    WHERE state = 'pending' ORDER BY seq LIMIT ${LOOKED_AT + 1}) oldest`;

export const waitingOf = (row: WaitingRow): Omit<BacklogFigures, 'pending' | 'inFlight'> => ({
  messages: row.waiting_messages,
  customers: row.waiting_customers,
  oldestAt: row.oldest_waiting,
  isMinimum: row.waiting_looked > LOOKED_AT,
});
