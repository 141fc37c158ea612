import type pg from 'pg';
import { type Briefly, keepBriefly, type StoredFeed } from '../../lib/just-stored.ts';

/** The received bytes of what this process has just stored, by its event. */
export type HandedBodies = Pick<Briefly<{ eventId: string; body: Buffer }>, 'take' | 'lowest'>;

/** At most so much stays in memory, bytes, and for so long after it has settled, ms. */
const HANDED_BYTES = 16 << 20;
const HANDED_MS = 1000;

/**
 * Keeps the bodies of what is stored in this process until they are claimed, after they have settled.
 * @param stored left out: nothing is stored here
 */
export function keepHandedBodies(
  stored: StoredFeed | undefined,
  settleMs: number,
): HandedBodies & { stop: () => void } {
  const handed = keepBriefly<{ eventId: string; body: Buffer }>({
    bytes: HANDED_BYTES,
    ms: 2 * (settleMs + HANDED_MS),
  });
  const unsubscribe = stored?.on(({ seq, eventId, body }) => handed.put(seq, { eventId, body }, body.length));
  return {
    ...handed,
    stop() {
      unsubscribe?.();
      handed.stop();
    },
  };
}

/** What a claim tells of the body of a row. */
interface Claim {
  seq: number;
  event_id: string;
  bytes: number;
  /** Not too much for this claim. */
  fits: boolean;
  /** Null: too much, or not read. */
  body: Buffer | null;
}

/**
 * Bodies by number, of the rows that fit: as read, as handed over, or read now because another process has stored them. A body
 * that was removed from the database is not taken from memory either.
 */
export async function bodiesOf(
  pool: pg.Pool,
  handed: HandedBodies,
  rows: readonly Claim[],
): Promise<Map<number, Buffer>> {
  const bodies = new Map<number, Buffer>();
  const missing: number[] = [];
  for (const { seq, event_id: eventId, fits, body, bytes } of rows) {
    if (!fits) continue;
    const here = body ?? (bytes > 0 ? handed.take(seq) : undefined);
    if (here instanceof Uint8Array) bodies.set(seq, here);
    else if (here?.eventId === eventId) bodies.set(seq, here.body);
    else missing.push(seq);
  }
  if (missing.length === 0) return bodies;
  const { rows: read } = await pool.query<{ seq: number; body: Buffer }>({
    name: 'claimed-bodies',
    text: 'SELECT seq, body FROM webhook_events WHERE seq = ANY($1::bigint[])',
    values: [missing],
  });
  for (const { seq, body } of read) bodies.set(seq, body);
  return bodies;
}
