import type { Pool } from 'pg';
import type { Impact } from '../recovery/impact.ts';
import type { ReportMessages } from './report-view.ts';
import { factType } from '../facts/record-fact.server.ts';

interface LedgerFact {
  at: Date;
  value: Record<string, unknown>;
}

/** What is counted in the ledger, in its order. */
const COUNTS = [
  'received',
  'delivered',
  'pending',
  'held',
  'withheld',
  'dead',
  'discarded',
  'spooled',
  'reconciled',
];

/** What became of the messages of an outage, with what proves it. */
export async function readMessages(pool: Pool, impact: Impact): Promise<ReportMessages> {
  const [ledger, comparisons] = await Promise.all([readLedgerCheck(pool), readComparisons(pool, impact)]);
  const { lost, proof } = judgeLost(impact, ledger);
  return {
    lost,
    proof,
    recovered: impact.compared || impact.reconciled > 0 ? impact.reconciled : null,
    undelivered: impact.undelivered,
    discarded: impact.discarded,
    ledger,
    comparisons,
  };
}

/** The newest count row by row: it covers everything that was ever received. */
async function readLedgerCheck(pool: Pool): Promise<ReportMessages['ledger']> {
  const { rows } = await pool.query<LedgerFact>(
    `SELECT recorded_at AS at, value FROM dashboard_facts
     WHERE fact_type = ${factType('support.ledger.check')} ORDER BY recorded_at DESC LIMIT 1`,
  );
  const [row] = rows;
  if (!row) return null;
  const counts = COUNTS.flatMap((name): [string, number][] =>
    typeof row.value[name] === 'number' ? [[name, row.value[name]]] : [],
  );
  return {
    at: row.at.toISOString(),
    counts: Object.fromEntries(counts),
    balanced: row.value.balanced === true,
  };
}

/** Each time Chatwoot's messages of any part of the outage were compared with what arrived. */
async function readComparisons(pool: Pool, { from, to }: Impact): Promise<ReportMessages['comparisons']> {
  const { rows } = await pool.query<{
    id: number;
    since: Date;
    until: Date;
    at: Date;
    messages: number | null;
  }>(
    `SELECT r.id, r.since, r.until, r.finished_at AS at,
       (SELECT count(*) FROM reconciled_messages m WHERE m.reconciliation_id = r.id AND m.created_at BETWEEN $1 AND $2) AS messages
     FROM reconciliations r
     WHERE r.state = 'done' AND r.finished_at IS NOT NULL AND r.since <= $2 AND r.until >= $1 ORDER BY r.finished_at LIMIT 50`,
    [from, to],
  );
  return rows.map(({ id, since, until, at, messages }) => ({
    id,
    from: since.toISOString(),
    to: until.toISOString(),
    finishedAt: at.toISOString(),
    messages,
  }));
}

/** 0 is said only when it was proved: everything received is accounted for, and nothing was missing in Chatwoot's list. */
function judgeLost(
  { compared, to }: Impact,
  ledger: ReportMessages['ledger'],
): Pick<ReportMessages, 'lost' | 'proof'> {
  if (!ledger) return { lost: null, proof: 'The ledger has not been counted yet.' };
  if (!ledger.balanced)
    return {
      lost: null,
      proof: 'The ledger does not balance: see the Outage Center page before this is signed.',
    };
  if (new Date(ledger.at) < to)
    return { lost: null, proof: 'The ledger has not been counted since the end of the impact.' };
  if (!compared)
    return {
      lost: null,
      proof:
        'Every message that reached us is accounted for in the ledger. Whether others never arrived is not known: Chatwoot has not been compared for the whole time ("npm run ops:reconcile").',
    };
  return {
    lost: 0,
    proof:
      "Every message that reached us is accounted for in the ledger, which balances; Chatwoot's messages of the whole time were compared with what arrived, and what was missing was fetched.",
  };
}
