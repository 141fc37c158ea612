import type pg from 'pg';
import { LEDGER } from '../../app/features/facts/ledger.server.ts';
import { ledgerOf, type Ledger, type LedgerCounts } from '../../app/features/facts/ledger.ts';

/** The ledger as the page has it, by itself. */
export async function readLedger(pool: pg.Pool): Promise<Ledger> {
  const { rows } = await pool.query<LedgerCounts>(LEDGER);
  return ledgerOf(rows[0]!);
}
