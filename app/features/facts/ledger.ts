/**
 * Where every acknowledged event is: `received + spooled + quarantined` are all of them, and
 * `received = delivered + pending + held + withheld + dead + discarded`, or something is wrong.
 */
export interface Ledger {
  /** Distinct events stored. */
  received: number;
  delivered: number;
  /** In flight, or due or waiting for a retry while deliveries go out. */
  pending: number;
  /** Not in flight while the circuit breaker is not closed, or delivery is paused: they go out by themselves afterwards. */
  held: number;
  /** Fetched from Chatwoot and no news any more: not sent until somebody says so. */
  withheld: number;
  dead: number;
  discarded: number;
  /** Acknowledged, on disk, and not yet imported into the database; not part of `received` yet. */
  spooled: number;
  /** Acknowledged and set aside in a file (intake/spool/) until a person decides; not part of `received`. */
  quarantined: number;
  /** Of `received`: messages whose webhook did not come, fetched from Chatwoot afterwards. */
  reconciled: number;
  balanced: boolean;
}

/** Counts before they are judged. */
export interface LedgerCounts {
  received: number;
  delivered: number;
  /** All pending deliveries, held or not. */
  open: number;
  inFlight: number;
  withheld: number;
  dead: number;
  discarded: number;
  spooled: number;
  quarantined: number;
  reconciled: number;
  /** Deliveries go out: the circuit breaker is closed and nobody paused them. */
  flowing: boolean;
  /** Events without a delivery and deliveries without an event, where they were looked for. */
  unmatched: number;
}

/** Splits what is open into pending and held, and does the sum. */
export function ledgerOf(counts: LedgerCounts): Ledger {
  const { received, delivered, open, inFlight, withheld, dead, discarded, flowing, unmatched } = counts;
  const held = flowing ? 0 : Math.max(open - inFlight, 0);
  return {
    received,
    delivered,
    pending: open - held,
    held,
    withheld,
    dead,
    discarded,
    spooled: counts.spooled,
    quarantined: counts.quarantined,
    reconciled: counts.reconciled,
    balanced: unmatched === 0 && received === delivered + open + withheld + dead + discarded,
  };
}
