import type pg from 'pg';
import { storableJson } from '../../../lib/storable.ts';

/**
 * Gives a database the contacts and the policy of another in place of its own. Not in one transaction: nobody may use
 * it yet.
 */
export async function copyPolicy(from: pg.Pool, to: pg.Pool): Promise<void> {
  await to.query('DELETE FROM escalation_steps');
  await to.query('DELETE FROM contacts');
  await to.query(
    'INSERT INTO contacts SELECT * FROM jsonb_populate_recordset(NULL::contacts, $1)',
    await rowsOf(from, 'contacts'),
  );
  await to.query(
    'INSERT INTO escalation_steps SELECT * FROM jsonb_populate_recordset(NULL::escalation_steps, $1)',
    await rowsOf(from, 'escalation_steps'),
  );
}

async function rowsOf(db: pg.Pool, table: 'contacts' | 'escalation_steps'): Promise<[string]> {
  const { rows } = await db.query<{ row: unknown }>(`SELECT to_jsonb(t) AS row FROM ${table} t`);
  return [storableJson(rows.map(({ row }) => row))];
}
