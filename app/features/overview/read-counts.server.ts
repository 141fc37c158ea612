import type { Services } from '../../lib/services.server.ts';
import { LEDGER, ledgerOfRow, type LedgerRow } from '../facts/ledger.server.ts';
import type { Ledger } from '../facts/ledger.ts';
import { DEAD_LETTERS, deadLettersOf, type DeadLetterRow } from './dead-letter-figures.ts';
import type { BacklogFigures, DeadLetterFigures, RecentAttempts } from './figures.ts';
import { RECENT, recentOf, type RecentRow } from './recent-attempts.ts';
import { STATE, stateOf, type StateFigures, type StateRow } from './state-figures.ts';
import { WAITING, waitingOf, type WaitingRow } from './waiting-figures.ts';

export interface Counts {
  ledger: Ledger;
  backlog: BacklogFigures;
  dead: DeadLetterFigures;
  state: StateFigures;
  recent: RecentAttempts;
}

/** Each part is one row. */
const STATEMENT = `SELECT * FROM (${LEDGER}) ledger
  CROSS JOIN (${STATE}) state CROSS JOIN (${WAITING}) waiting CROSS JOIN (${DEAD_LETTERS}) dead CROSS JOIN (${RECENT}) recent`;

/**
 * Everything on the page that must add up, in one statement and so in one snapshot: a delivery that moves meanwhile is
 * everywhere where it was before, or everywhere where it is after.
 */
export async function readCounts({ db, processId }: Services, now: Date): Promise<Counts> {
  const { rows } = await db.pool.query<LedgerRow & StateRow & WaitingRow & DeadLetterRow & RecentRow>({
    // By name: planning it for each reading was a quarter of the page's p95.
    name: 'overview-counts',
    text: STATEMENT,
    values: [processId, now],
  });
  const [row] = rows;
  if (!row)
    throw new Error('The row of the circuit breaker or of the pause is missing: the migrations did not run.');
  const ledger = ledgerOfRow(row);
  const state = stateOf(row);
  return {
    ledger,
    state,
    backlog: { pending: ledger.pending + ledger.held, inFlight: state.inFlight, ...waitingOf(row) },
    dead: deadLettersOf(row, ledger.dead),
    recent: recentOf(row),
  };
}
