/**
 * A process that has not been heard of for so long is taken for dead, and others deliver what it had leased. In SQL, and
 * always against the time of looking: a transaction's own `now()` is when it began to wait for a lock.
 */
export const LEASE_LIFETIME = "interval '8 seconds'";

/** A worker whose own heartbeat is older claims and sends nothing more: somebody is about to take its leases. Same form. */
export const SAFE_TO_SEND = "interval '5 seconds'";

/** The same in ms. */
export const SAFE_TO_SEND_MS = 5000;
