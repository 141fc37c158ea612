import { isSameConversation } from '../next-of-conversation.ts';
import type { DeadLetterFilter, Selection } from './selection.ts';

/** A condition over `deliveries d` and `dashboard_facts f`, with `$n` parameters numbered from a given start. */
export interface Condition {
  text: string;
  values: unknown[];
  /** Whether `f` is mentioned, so that a count may leave the join out. */
  usesFact: boolean;
}

/** Text of user input for ILIKE: its wildcards mean themselves. */
const literal = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/**
 * SQL condition of a filter. Nothing of the input ever becomes SQL text: columns are fixed, values are parameters.
 * @param from number of the first parameter
 * @param entries `current`: dead letters whose event has not moved on. Their cause is then also the delivery's last
 *   outcome, written by the same statement, which saves reading 10,000 facts. `past`: only the fact still knows it.
 */
export function filterCondition(
  filter: DeadLetterFilter,
  from: number,
  entries: 'current' | 'past' = 'current',
): Condition {
  const values: unknown[] = [];
  const parts: string[] = [];
  let usesFact = false;
  const add = (value: unknown, part: (parameter: string) => string) => {
    values.push(value);
    const text = part(`$${from + values.length - 1}`);
    usesFact ||= /\bf\./.test(text);
    parts.push(text);
  };
  const current = entries === 'current';
  const { event, errorClass, status, cause, conversation, since, until, text } = filter;
  if (event !== undefined) add(event, (p) => `d.event = ${p}::text`);
  if (conversation !== undefined)
    add(conversation, (p) => `(d.conversation_id = ${p}::text OR d.conversation_key = ${p}::text)`);
  if (errorClass !== undefined)
    add(errorClass, (p) => `${current ? 'd.last_outcome' : `f.metadata->>'errorClass'`} = ${p}::text`);
  if (status !== undefined)
    add(status, (p) => `${current ? 'd.last_status' : `(f.metadata->>'status')::int`} = ${p}::int`);
  if (cause !== undefined) add(cause, (p) => `${current ? CAUSE : `f.metadata->>'cause'`} = ${p}::text`);
  if (since !== undefined) add(since, (p) => `f.recorded_at >= ${p}::timestamptz`);
  if (until !== undefined) add(until, (p) => `f.recorded_at < ${p}::timestamptz`);
  if (text !== undefined)
    add(
      literal(text),
      (p) => `(d.conversation_id ILIKE ${p}::text OR d.customer_key ILIKE ${p}::text
        OR f.metadata->>'cause' ILIKE ${p}::text OR f.value->>'lastError' ILIKE ${p}::text
        OR (f.value->'payload')::text ILIKE ${p}::text)`,
    );
  return { text: parts.length > 0 ? parts.join(' AND ') : 'true', values, usesFact };
}

/** `<errorClass>|<status or ->|<event>` of an event that has not moved on since it died, as its fact has it. */
const CAUSE = `concat_ws('|', d.last_outcome, COALESCE(d.last_status::text, '-'), d.event)`;

/** SQL condition of a selection over open or discarded dead letters, whose number is `d.dead_fact_id`. */
export function selectionCondition(selection: Selection, from: number): Condition {
  if ('all' in selection) return { text: 'true', values: [], usesFact: false };
  if ('ids' in selection)
    return {
      text: `d.dead_fact_id = ANY($${from}::bigint[])`,
      values: [selection.ids],
      usesFact: false,
    };
  return filterCondition(selection.filter, from);
}

/** The tables that a condition is about; leaves out the facts where nothing asks for them. */
export function fromDeadLetters(condition: Condition): string {
  return condition.usesFact ? 'deliveries d JOIN dashboard_facts f ON f.id = d.dead_fact_id' : 'deliveries d';
}

/**
 * CTE `since`: what happened in the conversations of CTE `picked (seq, conversation_key, conversation_began)` after their oldest picked
 * event, as the newest `seq` of each kind; an event is outdated by a kind whose `seq` is above its own.
 * One pass over a conversation, however many of its events are picked.
 */
export const SINCE = `since AS (
  SELECT p.conversation_key, p.conversation_began,
    max(n.seq) FILTER (WHERE n.signal = 'agent_reply') AS answered,
    max(n.seq) FILTER (WHERE n.signal = 'resolved') AS resolved,
    max(n.seq) FILTER (WHERE n.state = 'delivered') AS delivered
  FROM (SELECT conversation_key, conversation_began, min(seq) AS first FROM picked GROUP BY 1, 2) p
  JOIN deliveries n ON ${isSameConversation('p', 'n')} AND n.seq > p.first
  GROUP BY 1, 2)`;

/** Joins CTE `since` (alias s) to the row of `picked` (alias p) that it is about. */
export const OF_SINCE =
  's.conversation_key = p.conversation_key AND s.conversation_began IS NOT DISTINCT FROM p.conversation_began';
