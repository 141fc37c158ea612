import { readdir } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { emptied } from '../support/empty-tables.ts';

/** A connection for each query: the server may have been killed in between. */
export async function queryOf<T extends object>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

export const emptyTables = (url: string) =>
  queryOf(
    url,
    emptied('webhook_events, deliveries, fact_rollups, dashboard_facts, spool_imports, processes'),
  );

/** Ids of the messages in the order in which they will be delivered. */
export async function storedIdsOf(url: string): Promise<number[]> {
  const rows = await queryOf<{ id: number }>(
    url,
    `SELECT (convert_from(body, 'UTF8')::jsonb ->> 'id')::int AS id
     FROM webhook_events JOIN deliveries USING (seq, event_id) ORDER BY seq`,
  );
  return rows.map(({ id }) => id);
}

export const spoolFiles = async (dataDir: string) =>
  (await readdir(path.join(dataDir, 'spool')).catch(() => [])).filter((name) => name.endsWith('.spool'));

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
