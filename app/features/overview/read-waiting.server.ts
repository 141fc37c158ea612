import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { BacklogFigures } from './figures.ts';

/** Messages and customers are counted among so many of the oldest pending deliveries: about 10 ms. */
const LOOKED_AT = 20_000;

/** What the backlog means to customers; the exact number of pending deliveries comes from the ledger. */
export async function readWaiting(
  prisma: PrismaClient,
): Promise<Pick<BacklogFigures, 'messages' | 'customers' | 'oldestAt' | 'isMinimum'>> {
  const [row] = await prisma.$queryRaw<
    { looked: number; messages: number; customers: number; oldest: Date | null }[]
  >`
    SELECT count(*)::int AS looked,
      count(*) FILTER (WHERE signal = 'customer_message')::int AS messages,
      count(DISTINCT customer_key) FILTER (WHERE signal = 'customer_message')::int AS customers,
      min(received_at) AS oldest
    FROM (
      SELECT signal, customer_key, received_at FROM deliveries
      WHERE state = 'pending' ORDER BY seq LIMIT ${LOOKED_AT + 1}::int) waiting`;
  const { looked, messages, customers, oldest } = row!;
  return { messages, customers, oldestAt: oldest, isMinimum: looked > LOOKED_AT };
}
