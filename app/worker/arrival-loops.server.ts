import { tickReconciliation } from '../features/arrival/comparison/tick-reconciliation.server.ts';
import type { Services } from '../lib/services.server.ts';
import { startBackgroundLoop } from './background-loop.server.ts';
import type { Loop } from './delivery-loop.server.ts';

const COMPARE_MS = 1000;

/** Whether what was written in Chatwoot arrives here, and what never did. */
export function startArrivalLoops(services: Services): Record<string, Loop> {
  const { db, log } = services;
  return {
    reconciliation: startBackgroundLoop({ name: 'reconciliation', everyMs: COMPARE_MS, db, log }, (signal) =>
      tickReconciliation(services, () => services.db.clock.now(), signal),
    ),
  };
}
