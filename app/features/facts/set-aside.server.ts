import type pg from 'pg';
import { storableJson } from '../../lib/storable.ts';
import { factType, insertFacts } from './record-fact.server.ts';

/** What was left out, and where. */
export interface SetAside {
  /** For whom it was read, as a page says it: "the list of who waits". */
  purpose: string;
  /** What it is, by number: "event 5123 (message_created)". Never a customer's name or words. */
  name: string;
  /** Why, in one line. */
  cause: string;
}

const SET_ASIDE = factType('support.row.set_aside');

/** The same row is put on record once a day, however often a loop meets it. */
const RECORD = `
${insertFacts('support.row.set_aside', { value: 'i', at: 'now()' })} FROM jsonb_array_elements($1::jsonb) i
WHERE NOT EXISTS (SELECT FROM dashboard_facts f WHERE f.fact_type = ${SET_ASIDE}
  AND f.recorded_at > now() - interval '1 day' AND f.value->>'purpose' = i->>'purpose' AND f.value->>'name' = i->>'name')`;

/** Puts on record that rows were left out while all others went on; the page tells of them for a day. */
export async function recordSetAside(
  client: Pick<pg.ClientBase, 'query'>,
  rows: readonly SetAside[],
): Promise<void> {
  if (rows.length > 0) await client.query(RECORD, [storableJson(rows)]);
}

/** What was set aside within the last day, newest first, and how many in all. */
export async function readSetAside(
  db: Pick<pg.ClientBase, 'query'>,
): Promise<{ count: number; newest: (SetAside & { at: Date }) | null }> {
  const { rows } = await db.query<SetAside & { at: Date; count: number }>({
    name: 'set-aside',
    text: `SELECT value->>'purpose' AS purpose, value->>'name' AS name, value->>'cause' AS cause, recorded_at AS at,
        count(*) OVER ()::int AS count
      FROM dashboard_facts WHERE fact_type = ${SET_ASIDE} AND recorded_at > now() - interval '1 day'
      ORDER BY recorded_at DESC, id DESC LIMIT 1`,
  });
  const [row] = rows;
  if (!row) return { count: 0, newest: null };
  const { count, ...newest } = row;
  return { count, newest };
}
