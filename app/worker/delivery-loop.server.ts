import { setTimeout as delay } from 'node:timers/promises';
import {
  undeliveredAllowance,
  type DeliveryGate,
  isWideOpen,
  leaseLimit,
  readDeliveryGate,
  smoothedRate,
} from '../features/delivery/delivery-gate.server.ts';
import {
  claimDeliveries,
  claimIfOpen,
  claimProbe,
  claimWhilePaused,
  releaseAllLeasesBut,
  releaseLeases,
  type Claimed,
} from '../features/delivery/claim-deliveries.server.ts';
import type { ClaimedDelivery } from '../features/delivery/claimed-delivery.ts';
import { retakeLeases } from '../features/delivery/leases.server.ts';
import { createSender } from '../features/delivery/send-event.server.ts';
import type { Connection } from '../lib/settings/config.ts';
import type { Services } from '../lib/services.server.ts';
import { createRecorder } from './record-loop.server.ts';
import { watchTrouble, type LoopTrouble } from './loop-trouble.ts';
import { createSettleWake, createWake } from './wake.ts';
import { createSpoolsFirst, SPOOLS_LOOK_MS } from './spools-first.server.ts';
import { SAFE_TO_SEND_MS } from '../features/processes/liveness.ts';

/** A loop that nothing wakes looks by itself this often, ms. */
const IDLE_MS = 500;
/**
 * While requests are out, claims are so far apart, ms: webhooks come in batches of a dozen and results in others, and a claim for
 * each of them costs as much as one for all. With nothing out there is no wait.
 */
const CLAIMS_APART_MS = 15;
/** How often leases of ours are looked for that we know nothing of, ms; at once after a failure. */
const UNKNOWN_MS = 5000;
/** While bodies of this much are leased, nothing more is, bytes. */
const LEASED_BYTES = 32 << 20;
/** Of the time that a webhook waits for the database before it goes to the spool: a wait of ours may have begun later than its. */
const SHARE_OF_WAIT = 0.5;
/** What is in flight at a stop is waited for this long, ms; the rest resumes from its lease. */
const STOP_MS = 6000;

export interface Loop {
  /** When it last came round, by performance.now(). */
  cameRound(): number;
  /** What fails in it, round after round; null while it works. */
  trouble(): LoopTrouble | null;
  stop(): Promise<void>;
}

/** Claims, sends and hands the results to the recorder; everything it knows is in the database. */
export function startDeliveryLoop(services: Services, connection: Connection): Loop {
  const { config, db, log, processId, changes } = services;
  const concurrency = config.WEBHOOK_CONCURRENCY;
  const settleMs = config.DELIVERY_SETTLE_MS;
  const claimant = { owner: processId, settleMs, keys: config.DATA_ENCRYPTION_KEYS };
  const wake = createWake();
  const trouble = watchTrouble();
  const sender = createSender({
    agentUrl: connection.agentUrl,
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
    connections: concurrency,
    secret: config.AGENT_SDK_WEBHOOK_SECRET,
    traces: services.traces ?? null,
    now: () => db.clock.now(),
  });
  let ready: ClaimedDelivery[] = [];
  const inFlight = new Map<number, ClaimedDelivery>();
  /** In flight, and claimed a second time meanwhile: unless its answer was just recorded under the first claim. */
  const heldAgain = new Set<number>();
  let cameRound = performance.now();
  let stopping = false;
  /** The gate, when it was read last: then asking and claiming is one round trip. */
  let wasWideOpen = false;
  let perSecond = 0;
  /** When the database last said that our leases are safe, by performance.now(). */
  let heardOfAt = -Infinity;
  let lookedForUnknownAt = performance.now();
  let claimedAt = -Infinity;
  let recordedAt = performance.now();

  const recorder = createRecorder(services, connection, {
    expectsMore: () => ready.length >= concurrency || inFlight.size > recorder.waiting(),
    recorded(seqs, change) {
      for (const seq of seqs) inFlight.delete(seq);
      if (seqs.some((seq) => heldAgain.delete(seq))) lookedForUnknownAt = -Infinity;
      const now = performance.now();
      perSecond = smoothedRate(perSecond, seqs.length, now - recordedAt);
      recordedAt = now;
      if (change === 'opened') void giveBack();
      wake.now();
    },
    retryIn: (ms) => void setTimeout(wake.now, ms).unref(),
  });
  const settled = createSettleWake(settleMs, wake.now);
  const spoolsFirst = createSpoolsFirst(services);
  const look = () => {
    wake.now();
    settled.expect();
  };
  const unsubscribe = [changes.on('queued', look), changes.on('work', look)];

  const mayTrustLeases = () => performance.now() - heardOfAt < SAFE_TO_SEND_MS;

  /**
   * Between two batches of results, connections are kept busy from what is leased already; not after a time of silence, in
   * which others may have taken it.
   */
  function pump() {
    if (!mayTrustLeases()) return;
    while (ready.length > 0 && inFlight.size - recorder.waiting() < concurrency && !stopping) {
      const delivery = ready.shift()!;
      send(delivery);
    }
  }

  function send(delivery: ClaimedDelivery) {
    inFlight.set(delivery.seq, delivery);
    void sender.send(delivery).then((result) => {
      // It may have been claimed again meanwhile, as a probe perhaps.
      recorder.add({ delivery: inFlight.get(delivery.seq) ?? delivery, result });
      pump();
    });
  }

  /**
   * Takes up what was claimed. What is still out here had its lease swept meanwhile: the lease is ours again, and the answer
   * to come is its result; it is not sent a second time.
   */
  async function takeUp(claimed: ClaimedDelivery[]): Promise<void> {
    const out = claimed.flatMap(({ seq }) => inFlight.get(seq) ?? []);
    if (out.length > 0) {
      log.warn(
        { deliveries: out.length },
        'leases were swept while their requests were out, and are held again',
      );
      for (const { seq } of out) heldAgain.add(seq);
      await retakeLeases(db.queuePool, processId, out);
    }
    const again = new Set(claimed.map(({ seq }) => seq));
    ready = [
      ...ready.filter(({ seq }) => !again.has(seq)),
      ...claimed.filter(({ seq }) => !inFlight.has(seq)),
    ];
    if (await wasTooEarly()) await giveBack();
  }

  /** The database went away while the claim was on its way: events before these may lie in a spool of somebody else. */
  const wasTooEarly = async () => spoolsFirst.waits() && !(await spoolsFirst.mayClaim().catch(() => false));

  async function giveBack() {
    const seqs = ready.map((delivery) => delivery.seq);
    ready = [];
    if (seqs.length === 0) return;
    await releaseLeases(db.queuePool, processId, seqs).catch(() => {
      lookedForUnknownAt = -Infinity;
    });
  }

  function readable({ deliveries, unreadable }: Claimed): ClaimedDelivery[] {
    if (unreadable > 0) {
      log.error(
        { unreadable },
        'stored messages cannot be decrypted and wait: put the key that encrypted them into DATA_ENCRYPTION_KEYS',
      );
    }
    return deliveries;
  }

  const mostLeased = () => leaseLimit(concurrency, perSecond);

  /** How many more may be leased. */
  function room(): number {
    const bytes = [...ready, ...inFlight.values()].reduce((sum, { body }) => sum + body.length, 0);
    return bytes >= LEASED_BYTES ? 0 : Math.max(0, mostLeased() - ready.length - inFlight.size);
  }

  /** Customers who write now are served before the backlog, which comes back with a ramp. */
  async function claim({ backlogThrough, closedForMs }: DeliveryGate): Promise<number> {
    const limit = room();
    if (limit === 0) return 0;
    const take = async (afterSeq: number, throughSeq: number, most: number) =>
      readable(await claimDeliveries(db.queuePool, { ...claimant, afterSeq, throughSeq, limit: most }));
    const live = await take(backlogThrough, Number.MAX_SAFE_INTEGER, limit);
    if (backlogThrough === 0) {
      await takeUp(live);
      return live.length;
    }
    const out = [...ready, ...inFlight.values()].filter(({ seq }) => seq <= backlogThrough).length;
    const allowance = Math.min(limit - live.length, undeliveredAllowance(closedForMs, mostLeased()) - out);
    const backlog = allowance > 0 ? await take(0, backlogThrough, allowance) : [];
    await takeUp([...live, ...backlog]);
    return live.length + backlog.length;
  }

  async function turn(): Promise<boolean> {
    const limit = wasWideOpen ? room() : 0;
    if (limit === 0) return goBy(await readDeliveryGate(db.queuePool, processId));
    const { gate, ...claimed } = await claimIfOpen(db.queuePool, { ...claimant, limit });
    spoolsFirst.told(gate.spooled);
    if (!isWideOpen(gate)) return goBy(gate);
    heardOfAt = performance.now();
    const deliveries = readable(claimed);
    await takeUp(deliveries);
    pump();
    // Less than there was room for is all that was due: what comes next wakes the loop.
    return deliveries.length + claimed.unreadable >= limit;
  }

  async function goBy(gate: DeliveryGate): Promise<boolean> {
    wasWideOpen = isWideOpen(gate);
    spoolsFirst.told(gate.spooled);
    if (gate.heardOf) heardOfAt = performance.now();
    else {
      await giveBack();
      return false;
    }
    if (gate.paused) await giveBack();
    if (gate.paused && gate.state === 'closed') {
      const claimed = readable(await claimWhilePaused(db.queuePool, claimant));
      await takeUp(claimed);
      pump();
      return claimed.length > 0;
    }
    if (gate.state === 'closed') {
      const claimed = await claim(gate);
      pump();
      return claimed > 0;
    }
    await giveBack();
    const probing = [...inFlight.values()].some((delivery) => delivery.probe);
    const [probe] =
      gate.probeDue && !probing ? readable(await claimProbe(db.queuePool, claimant, gate.paused)) : [];
    if (!probe) return false;
    log.info({ eventId: probe.eventId }, 'probing the Agent service');
    // What is out already needs no second request: its answer will be the probe's.
    if (inFlight.has(probe.seq)) inFlight.set(probe.seq, probe);
    else send(probe);
    return false;
  }

  /** Of a claim whose answer was lost on the way, the leases are ours for as long as we live, and nobody knows. */
  async function releaseUnknown() {
    const known = [...ready.map(({ seq }) => seq), ...inFlight.keys()];
    const released = await releaseAllLeasesBut(db.queuePool, processId, known);
    if (released > 0) log.warn({ released }, 'leases of a claim that was never answered are given back');
    lookedForUnknownAt = performance.now();
  }

  async function round(): Promise<boolean> {
    if (performance.now() - lookedForUnknownAt > UNKNOWN_MS) await releaseUnknown();
    return turn();
  }

  async function waitForCompany() {
    const early = claimedAt + CLAIMS_APART_MS - performance.now();
    if (early > 0 && ready.length + inFlight.size > 0) await delay(early);
    wake.heard();
    claimedAt = performance.now();
  }

  async function run() {
    while (!stopping) {
      await waitForCompany();
      cameRound = performance.now();
      let busy = false;
      let mayClaim = true;
      const askedAt = performance.now();
      const waited = () => performance.now() - askedAt;
      if (db.status().state === 'up') {
        try {
          mayClaim = await spoolsFirst.mayClaim();
          busy = mayClaim && (await round());
          trouble.worked();
          if (waited() > SHARE_OF_WAIT * config.DATABASE_TIMEOUT_MS) spoolsFirst.doubt(waited());
        } catch (error) {
          trouble.failed(error);
          spoolsFirst.doubt(waited());
          log.warn({ problem: String(error) }, 'delivery loop');
          lookedForUnknownAt = -Infinity;
        }
      }
      // While connections are busy the next results wake the loop; claiming in smaller steps would only cost.
      if (!busy || ready.length > 0) await wake.sleep(mayClaim ? IDLE_MS : SPOOLS_LOOK_MS);
    }
  }
  const running = run();

  return {
    cameRound: () => cameRound,
    trouble: () => trouble.current() ?? recorder.trouble(),
    async stop() {
      stopping = true;
      const deadline = performance.now() + STOP_MS;
      for (const stop of unsubscribe) stop();
      settled.stop();
      wake.now();
      await running;
      await giveBack();
      while (inFlight.size > 0 && performance.now() < deadline) await wake.sleep(50);
      await recorder.stop(Math.max(0, deadline - performance.now()));
      await sender.close();
    },
  };
}
