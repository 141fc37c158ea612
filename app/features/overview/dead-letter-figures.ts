import type { DeadLetterFigures } from './figures.ts';
import { factType } from '../facts/fact-sql.ts';

/** With more open ones than this, whose messages they are is not counted. */
const LOOKED_AT = 1000;
/** New ones of the last hour are counted up to this: far above every threshold. */
const COUNTED = 1000;

export interface DeadLetterRow {
  dead_claimed: number;
  oldest_dead: Date | null;
  dead_last_hour: number;
  dead_messages: number;
  dead_customers: number;
}

/** Whose the open dead letters are, and how fast they come; how many is the ledger's. $2: now. */
export const DEAD_LETTERS = `
  SELECT
    (SELECT count(*)::int FROM replay_items i JOIN replays r ON r.id = i.replay_id
      WHERE r.state IN ('running', 'paused') AND i.released_at IS NULL AND i.outcome IS NULL) AS dead_claimed,
    (SELECT f.recorded_at FROM dashboard_facts f
      WHERE f.id = (SELECT min(dead_fact_id) FROM deliveries WHERE state = 'dead')) AS oldest_dead,
    (SELECT count(*)::int FROM (
      SELECT FROM dashboard_facts
      WHERE fact_type = ${factType('support.webhook.dead_letter')} AND recorded_at > $2::timestamptz - interval '1 hour'
      LIMIT ${COUNTED + 1}) recent) AS dead_last_hour,
    count(*) FILTER (WHERE signal = 'customer_message')::int AS dead_messages,
    count(DISTINCT customer_key) FILTER (WHERE signal = 'customer_message')::int AS dead_customers
  FROM (
    SELECT signal, customer_key FROM deliveries
    WHERE state = 'dead' ORDER BY dead_fact_id DESC LIMIT ${LOOKED_AT}) newest`;

export function deadLettersOf(row: DeadLetterRow, open: number): DeadLetterFigures {
  const all = open <= LOOKED_AT;
  return {
    open,
    unclaimed: Math.max(open - row.dead_claimed, 0),
    messages: all ? row.dead_messages : null,
    customers: all ? row.dead_customers : null,
    oldestAt: row.oldest_dead,
    lastHour: Math.min(row.dead_last_hour, COUNTED),
    lastHourIsMinimum: row.dead_last_hour > COUNTED,
  };
}
