import type pg from 'pg';
import { LEDGER, ledgerOfRow, type LedgerRow } from '../../app/features/facts/ledger.server.ts';
import type { Ledger } from '../../app/features/facts/ledger.ts';

/** The ledger as the page has it, by itself. */
export async function readLedger(pool: pg.Pool): Promise<Ledger> {
  const { rows } = await pool.query<LedgerRow>(LEDGER);
  return ledgerOfRow(rows[0]!);
}
