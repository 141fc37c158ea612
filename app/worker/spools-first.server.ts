import { readSpools } from '../features/processes/process-row.server.ts';
import type { Services } from '../lib/services.server.ts';

/** A process that took webhooks before, and does not say that it is there again, is waited for so long, ms. */
const UNHEARD_MS = 10_000;
/** And for spools to become empty, ms: a very large one must not keep everything up. */
const IMPORT_MS = 60_000;
/**
 * On a mere doubt, or because a process keeps webhooks while the database answers this one, no more is waited at a stretch than
 * this, ms, and in the long run no more than a share of the time: one web whose way is bad again and again must not hold up what
 * the others take.
 */
const DOUBT_MS = 30_000;
const DOUBT_SHARE = 1 / 3;
/** They must be found so for this long: a heartbeat may have been on its way, and a webhook in neither place yet, ms. */
const SETTLED_MS = 1000;
/** How often it is looked, ms. */
export const SPOOLS_LOOK_MS = 150;

/**
 * After the database was away, older events of a conversation may lie in the spool of one process while another stores newer
 * ones at once. Until all have told that their spools are empty nothing is claimed; then everything takes its place in its
 * conversation (queueDeliveries). The same
 * - after connections were lost, because a server that starts anew within a moment is never seen away;
 * - when this process begins, which may be in the middle of an outage;
 * - after the database let this process wait as long as it may have let those that take webhooks, or refused something;
 * - when a process says that it keeps webhooks, for whatever reason of its own.
 */
export function createSpoolsFirst({ db, log }: Pick<Services, 'db' | 'log'>): {
  mayClaim(): Promise<boolean>;
  /** The database did not answer for so long, ms, or refused: webhooks may have gone into spools meanwhile. */
  doubt(forMs: number): void;
  /** Whether any process says that it keeps webhooks, as read just now. */
  told(isAnySpooled: boolean): void;
  /** What is claimed now was claimed too early: the claim was on its way when the database went. */
  waits(): boolean;
} {
  let from: Date | null = null;
  /** `from` null: it began before this process did. */
  let waiting: {
    from: Date | null;
    until: Date;
    since: number;
    overSince: number | null;
    /** At most, ms. */
    longest: number;
    isDoubt: boolean;
  } | null = null;
  /** What was waited on doubt and is not forgotten yet, ms, and when that was reckoned. */
  const doubts = { at: performance.now(), spent: 0 };
  /** A spool that was waited for long enough is waited for again only when all have been empty in between. */
  let gaveUp = false;
  let before = db.status().state;
  const wait = (awayFrom: Date | null, since: number, longest = IMPORT_MS) =>
    (waiting = {
      from: waiting ? waiting.from : awayFrom,
      until: db.clock.now(),
      since,
      overSince: null,
      longest,
      isDoubt: longest !== IMPORT_MS,
    });
  function waitOnDoubt(awayFrom: Date | null) {
    const now = performance.now();
    doubts.spent = Math.max(0, doubts.spent - (now - doubts.at) * DOUBT_SHARE);
    doubts.at = now;
    if (!waiting && !gaveUp && doubts.spent < DOUBT_MS) wait(awayFrom, now, DOUBT_MS - doubts.spent);
  }
  if (before === 'up') wait(null, performance.now());
  db.onInterrupted(() => {
    // Connections that are lost again and again do not prolong it.
    if (before === 'up') wait(db.clock.now(), waiting?.since ?? performance.now());
  });
  db.onStatus(({ state }) => {
    if (state !== 'up' && before === 'up') from ??= db.clock.now();
    const isBack = state === 'up' && before !== 'up';
    before = state;
    if (!isBack) return;
    wait(from, performance.now());
    from = null;
  });

  return {
    doubt(forMs) {
      if (before === 'up') waitOnDoubt(new Date(db.clock.now().getTime() - forMs));
    },
    told(isAnySpooled) {
      if (!isAnySpooled) gaveUp = false;
      else waitOnDoubt(null);
    },
    waits: () => from !== null || waiting !== null,
    async mayClaim() {
      const asked = waiting;
      if (!asked) return from === null;
      const { alone, heard, empty } = await readSpools(db.queuePool, asked);
      const waited = performance.now() - asked.since;
      const isOver = (heard || waited > UNHEARD_MS) && empty;
      asked.overSince = isOver ? (asked.overSince ?? waited) : null;
      const hasSettled = asked.overSince !== null && waited - asked.overSince >= SETTLED_MS;
      if (!alone && !hasSettled && waited <= asked.longest) return false;
      if (asked.isDoubt && !alone) doubts.spent += waited;
      if (!alone && !hasSettled) {
        log.warn({ heard, empty }, 'deliveries go on before every spool was brought in: some may come late');
        gaveUp = true;
      }
      if (waiting === asked) waiting = null;
      return true;
    },
  };
}
