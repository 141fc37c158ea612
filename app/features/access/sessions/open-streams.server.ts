import type pg from 'pg';
import type { Asker } from '../permissions.ts';

/** Event streams that one person, or one token, may have open in a process: a page holds one. */
const MAX_EACH = 30;

/** The event streams of a process, each with whose it is: a page that is held open ends with the right to read it. */
export interface OpenStreams {
  /**
   * @param left aborted when the client leaves
   * @returns aborted when the client leaves or its access ends; null when this asker has too many open
   */
  open(asker: Asker, left: AbortSignal): AbortSignal | null;
  /** Asks the database whose session or token has ended, and ends their streams. */
  check(pool: pg.Pool): Promise<void>;
}

export function createOpenStreams(): OpenStreams {
  const open = new Map<AbortController, Asker>();
  return {
    open(asker, left) {
      const own = [...open.values()].filter(({ id }) => id === asker.id).length;
      if (own >= MAX_EACH) return null;
      const ended = new AbortController();
      open.set(ended, asker);
      ended.signal.addEventListener('abort', () => void open.delete(ended), { once: true });
      // Not AbortSignal.any: it holds what it follows weakly, and then nobody hears of the client that left.
      if (left.aborted) ended.abort();
      else left.addEventListener('abort', () => ended.abort(), { once: true });
      return ended.signal;
    },
    async check(pool) {
      if (open.size === 0) return;
      const streams = [...open];
      const { rows } = await pool.query<{ key: string }>(
        `SELECT s.token AS key FROM sessions s JOIN people p ON p.id = s.person_id
         WHERE s.token = ANY ($1) AND s.expires_at > now() AND p.deactivated_at IS NULL
         UNION ALL
         SELECT 'token:' || t.id FROM api_tokens t JOIN people p ON p.id = t.person_id
         WHERE 'token:' || t.id = ANY ($1) AND t.revoked_at IS NULL AND t.expires_at > now() AND p.deactivated_at IS NULL`,
        [[...new Set(streams.map(([, asker]) => keyOf(asker)))]],
      );
      const good = new Set(rows.map(({ key }) => key));
      for (const [ended, asker] of streams) if (!good.has(keyOf(asker))) ended.abort();
    },
  };
}

const keyOf = ({ sessionToken, id }: Asker) => sessionToken ?? id;
