import type { Received } from '../../app/sandbox/agent/agent-records.ts';
import type { Written } from './customers.ts';

/** A time in which webhooks were lost. */
export interface Gap {
  fault: string;
  from: number;
  to: number;
}

/** What became of what customers wrote: as Chatwoot's ledger and the Agent service's tell, the app is not asked. */
export interface Account {
  written: number;
  conversations: number;
  missing: number;
  /** Messages that the Agent service got under more than one id. */
  twice: number;
  /** Requests that it got again under the same id: the app was killed before the answer was on record. */
  repeated: number;
  fetched: number;
  /** From the end of its gap, or from its writing if that is later, until a fetched message arrived, ms. */
  fetchedAfterMs: { median: number; p95: number; most: number };
  /** Arrived behind a message of its conversation that was written after it. */
  outOfOrder: number;
  outOfOrderIn: number;
  ofFault: Record<string, { fetched: number; p95Ms: number; outOfOrder: number }>;
}

/** A lost webhook may belong to a message that was written shortly before, ms. */
const BEFORE_MS = 6000;

export function accountFor(
  written: readonly Written[],
  received: readonly Received[],
  gaps: readonly Gap[],
): Account {
  const arrivals = new Map<number, Received[]>();
  for (const entry of received) {
    if (entry.event !== 'message_created' || entry.messageId === null) continue;
    arrivals.set(entry.messageId, [...(arrivals.get(entry.messageId) ?? []), entry]);
  }
  const lateOnes = outOfOrder(written, arrivals);
  const fetched = written.flatMap((message) => {
    const arrival = arrivals.get(message.id)?.[0];
    if (!arrival || !('x-webhook-fetched-at' in arrival.headers)) return [];
    const gap = gapOf(message, gaps);
    const from = Math.max(message.at, gap?.to ?? 0);
    return [{ fault: gap?.fault ?? 'none', ms: arrival.at - from }];
  });
  const faultOf = (message: Written) => gapOf(message, gaps)?.fault ?? 'none';
  const faults = [...new Set([...gaps.map(({ fault }) => fault), 'none'])];
  return {
    written: written.length,
    conversations: new Set(written.map(({ conversationId }) => conversationId)).size,
    missing: written.filter(({ id }) => !arrivals.has(id)).length,
    twice: written.filter(({ id }) => idsOf(arrivals.get(id)) > 1).length,
    repeated: written.reduce((n, { id }) => n + (arrivals.get(id) ?? []).length - idsOf(arrivals.get(id)), 0),
    fetched: fetched.length,
    fetchedAfterMs: {
      median: quantile(fetched, 0.5),
      p95: quantile(fetched, 0.95),
      most: quantile(fetched, 1),
    },
    outOfOrder: lateOnes.length,
    outOfOrderIn: new Set(lateOnes.map(({ conversationId }) => conversationId)).size,
    ofFault: Object.fromEntries(
      faults.map((fault) => {
        const own = fetched.filter((entry) => entry.fault === fault);
        const late = lateOnes.filter((message) => faultOf(message) === fault).length;
        return [fault, { fetched: own.length, p95Ms: quantile(own, 0.95), outOfOrder: late }];
      }),
    ),
  };
}

const gapOf = ({ at }: Written, gaps: readonly Gap[]) =>
  gaps.findLast(({ from, to }) => at >= from - BEFORE_MS && at <= to + BEFORE_MS);

function outOfOrder(written: readonly Written[], arrivals: ReadonlyMap<number, Received[]>): Written[] {
  const byConversation = Map.groupBy(written, ({ conversationId }) => conversationId);
  return [...byConversation.values()].flatMap((messages) => {
    const arrived = messages
      .flatMap((message) => {
        const first = arrivals.get(message.id)?.[0];
        return first ? [{ message, arrival: first.arrival }] : [];
      })
      .sort((a, b) => a.arrival - b.arrival);
    let newest = 0;
    return arrived.flatMap(({ message }) => {
      const isLate = message.id < newest;
      newest = Math.max(newest, message.id);
      return isLate ? [message] : [];
    });
  });
}

const idsOf = (arrivals: readonly Received[] = []) =>
  new Set(arrivals.map(({ webhookId }) => webhookId)).size;

/** 0 when there is none. */
function quantile(entries: readonly { ms: number }[], share: number): number {
  const sorted = entries.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
