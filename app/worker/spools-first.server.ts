import { readSpools } from '../features/processes/process-row.server.ts';
import type { Services } from '../lib/services.server.ts';

/** A process that took webhooks before, and does not say that it is there again, is waited for so long, ms. */
const UNHEARD_MS = 10_000;
/** And for spools to become empty, ms: a very large one must not keep everything up. */
const IMPORT_MS = 60_000;
/** How often it is looked, ms. */
export const SPOOLS_LOOK_MS = 150;

/**
 * After the database was away, older events of a conversation may lie in the spool of one process while another stores newer
 * ones at once. Until all have told that their spools are empty nothing is claimed; then everything takes its place in its
 * conversation (queueDeliveries). Two looks, some time apart, must find it so: a heartbeat may have been on its way for long.
 */
export function createSpoolsFirst({ db, log }: Pick<Services, 'db' | 'log'>): {
  mayClaim(): Promise<boolean>;
} {
  let from: Date | null = null;
  let waiting: { from: Date; until: Date; since: number; overSince: number | null } | null = null;
  let before = db.status().state;
  db.onStatus(({ state }) => {
    if (state !== 'up' && before === 'up') from ??= db.clock.now();
    before = state;
    if (state !== 'up' || !from) return;
    waiting = { from, until: db.clock.now(), since: performance.now(), overSince: null };
    from = null;
  });

  return {
    async mayClaim() {
      const asked = waiting;
      if (!asked) return true;
      const { heard, empty } = await readSpools(db.queuePool, asked);
      const waited = performance.now() - asked.since;
      const isOver = (heard || waited > UNHEARD_MS) && (empty || waited > IMPORT_MS);
      asked.overSince = isOver ? (asked.overSince ?? waited) : null;
      if (asked.overSince === null || waited - asked.overSince < SPOOLS_LOOK_MS) return false;
      if (!heard || !empty)
        log.warn({ heard, empty }, 'deliveries go on before every spool was brought in: some may come late');
      if (waiting === asked) waiting = null;
      return true;
    },
  };
}
