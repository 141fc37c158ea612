/** Where every acknowledged event is. `received = delivered + pending + held + dead + discarded`, or something is wrong. */
export interface Ledger {
  /** Distinct events stored. */
  received: number;
  delivered: number;
  /** In flight, or due or waiting for a retry while the circuit breaker is closed. */
  pending: number;
  /** Waiting for the Agent service to answer again: not in flight while the circuit breaker is not closed. */
  held: number;
  dead: number;
  discarded: number;
  /** Acknowledged, on disk, and not yet imported into the database; not part of `received` yet. */
  spooled: number;
  balanced: boolean;
}

/** Counts before they are judged. */
export interface LedgerCounts {
  received: number;
  delivered: number;
  /** All pending deliveries, held or not. */
  open: number;
  inFlight: number;
  dead: number;
  discarded: number;
  spooled: number;
  breakerClosed: boolean;
  /** Events without a delivery and deliveries without an event, where they were looked for. */
  unmatched: number;
}

/** Splits what is open into pending and held, and does the sum. */
export function ledgerOf(counts: LedgerCounts): Ledger {
  const { received, delivered, open, inFlight, dead, discarded, spooled, breakerClosed, unmatched } = counts;
  const held = breakerClosed ? 0 : Math.max(open - inFlight, 0);
  return {
    received,
    delivered,
    pending: open - held,
    held,
    dead,
    discarded,
    spooled,
    balanced: unmatched === 0 && received === delivered + open + dead + discarded,
  };
}
