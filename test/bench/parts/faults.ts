import { tellSevenFaults } from '../../faults/seven-faults.ts';
import type { PartResult } from '../findings.ts';

/** So soon after the end of a gap what was lost in it has been fetched, and so many may be out of order. */
const FETCHED_WITHIN_MS = 60_000;
const OUT_OF_ORDER_SHARE = 0.01;

/**
 * Customers write seven messages a second while app, database, Agent service, Chatwoot's workers and its Redis break one after
 * the other. What matters here is not how fast, but whether everything arrives, once, soon and in order.
 */
export async function benchFaults({ quick }: { quick: boolean }): Promise<PartResult> {
  const account = await tellSevenFaults(
    {
      perSecond: 7,
      warmUpMs: quick ? 10_000 : 30_000,
      awayMs: quick ? 7000 : 12_000,
      partAwayMs: quick ? 14_000 : 24_000,
      redisAwayMs: quick ? 14_000 : 24_000,
      stoppedMs: quick ? 12_000 : 40_000,
      betweenMs: quick ? 8000 : 30_000,
      patienceMs: 300_000,
      msPerConversation: 10,
    },
    (line) => process.stderr.write(`  ${line}\n`),
  );
  const part = 'faults';
  const none = { atMost: 0 };
  return {
    findings: [
      { part, what: 'messages that customers wrote', value: account.written, unit: '' },
      { part, what: 'never arrived', value: account.missing, unit: '', bound: none },
      { part, what: 'arrived under two ids', value: account.twice, unit: '', bound: none },
      { part, what: 'sent again under the same id', value: account.repeated, unit: '' },
      { part, what: 'fetched from Chatwoot', value: account.fetched, unit: '' },
      {
        part,
        what: 'fetched after the end of the gap, median',
        value: account.fetchedAfterMs.median,
        unit: 'ms',
      },
      {
        part,
        what: 'the same, p95',
        value: account.fetchedAfterMs.p95,
        unit: 'ms',
        bound: { atMost: FETCHED_WITHIN_MS },
      },
      { part, what: 'out of order in their conversation', value: account.outOfOrder, unit: '' },
      {
        part,
        what: 'the same, as a share',
        value: account.outOfOrder / account.written,
        unit: '×',
        bound: { atMost: OUT_OF_ORDER_SHARE },
      },
    ],
    raw: account,
  };
}
