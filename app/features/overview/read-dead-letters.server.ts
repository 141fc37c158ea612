import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { DeadLetterFigures } from './figures.ts';

/** With more open ones than this, whose messages they are is not counted. */
const LOOKED_AT = 1000;
/** New ones of the last hour are counted up to this: far above every threshold. */
export const DEAD_LETTERS_COUNTED = 1000;

interface Row {
  open: number;
  claimed: number;
  oldest: Date | null;
  last_hour: number;
  messages: number;
  customers: number;
}

/**
 * How many dead letters are open, whose, and how fast they come. One statement, so that entries which a replay
 * releases meanwhile are either open and claimed, or neither.
 */
export async function readDeadLetters(prisma: PrismaClient, now: Date): Promise<DeadLetterFigures> {
  const [row] = await prisma.$queryRaw<Row[]>`
    SELECT
      (SELECT count(*)::int FROM deliveries WHERE state = 'dead') AS open,
      (SELECT count(*)::int FROM replay_items i JOIN replays r ON r.id = i.replay_id
        WHERE r.state IN ('running', 'paused') AND i.released_at IS NULL AND i.outcome IS NULL) AS claimed,
      (SELECT f.recorded_at FROM dashboard_facts f
        WHERE f.id = (SELECT min(dead_fact_id) FROM deliveries WHERE state = 'dead')) AS oldest,
      (SELECT count(*)::int FROM (
        SELECT FROM dashboard_facts
        WHERE fact_type = 'support.webhook.dead_letter' AND recorded_at > ${now}::timestamptz - interval '1 hour'
        LIMIT ${DEAD_LETTERS_COUNTED + 1}::int) recent) AS last_hour,
      whose.messages, whose.customers
    FROM (
      SELECT count(*) FILTER (WHERE signal = 'customer_message')::int AS messages,
        count(DISTINCT customer_key) FILTER (WHERE signal = 'customer_message')::int AS customers
      FROM (
        SELECT signal, customer_key FROM deliveries
        WHERE state = 'dead' ORDER BY dead_fact_id DESC LIMIT ${LOOKED_AT}::int) newest) whose`;
  const { open, claimed, oldest, last_hour: lastHour, messages, customers } = row!;
  const all = open <= LOOKED_AT;
  return {
    open,
    unclaimed: Math.max(open - claimed, 0),
    messages: all ? messages : null,
    customers: all ? customers : null,
    oldestAt: oldest,
    lastHour: Math.min(lastHour, DEAD_LETTERS_COUNTED),
    lastHourIsMinimum: lastHour > DEAD_LETTERS_COUNTED,
  };
}
