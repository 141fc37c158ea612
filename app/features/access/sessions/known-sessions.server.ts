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
