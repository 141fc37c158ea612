import type pg from 'pg';
import type { Asker } from '../permissions.ts';

/** How long a session that was seen good may read the page while the database is away, ms. */
const REMEMBER_MS = 8 * 3_600_000;
/** Sessions that a process remembers; the one looked up longest ago is forgotten first. */
const MAX_REMEMBERED = 5000;

/** Whose session was good when it was last looked up, by a hash of its cookie: for while the database is away. */
export interface KnownSessions {
  remember(key: string, asker: Asker, now: Date): void;
  recall(key: string, now: Date): Asker | null;
  forget(key: string): void;
  /** A session that has ended is not recalled. */
  end(sessionToken: string): void;
  /** Asks the database which of them still are sessions: others end them too, from other processes. */
  check(pool: pg.Pool): Promise<void>;
}

export function createKnownSessions(): KnownSessions {
  const known = new Map<string, { asker: Asker; at: number }>();
  return {
    remember(key, asker, now) {
      known.delete(key);
      if (known.size >= MAX_REMEMBERED) known.delete(known.keys().next().value!);
      known.set(key, { asker, at: now.getTime() });
    },
    recall(key, now) {
      const found = known.get(key);
      return found && now.getTime() - found.at <= REMEMBER_MS ? found.asker : null;
    },
    forget: (key) => void known.delete(key),
    end(sessionToken) {
      for (const [key, { asker }] of known) if (asker.sessionToken === sessionToken) known.delete(key);
    },
    async check(pool) {
      const entries = [...known].map(([key, { asker }]) => ({ key, token: asker.sessionToken }));
      if (entries.length === 0) return;
      const { rows } = await pool.query<{ token: string }>(
        `SELECT s.token FROM sessions s JOIN people p ON p.id = s.person_id
         WHERE s.token = ANY($1) AND p.deactivated_at IS NULL AND s.expires_at > now()`,
        [entries.map(({ token }) => token)],
      );
      const good = new Set(rows.map(({ token }) => token));
      for (const { key, token } of entries) if (!token || !good.has(token)) known.delete(key);
    },
  };
}

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
