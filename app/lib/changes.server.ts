import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from './database.server.ts';

/**
 * What a process tells the others: `work` when there may be something to deliver or replay now,
 * `page` when something that the page shows has changed, `access` when somebody may do less than before.
 */
export type Topic = 'work' | 'page' | 'access';

export interface Changes {
  /** Tells this process at once and the others within about 100 ms; many calls become one notification. */
  announce(topic: Topic): void;
  /** @returns a function that stops listening */
  on(topic: Topic, listener: () => void): () => void;
  /** How many listen in this process. */
  listening(topic: Topic): number;
  stop(): Promise<void>;
}

const CHANNEL = 'outage_center';
const COALESCE_MS = 100;

/**
 * Change notices between processes over LISTEN/NOTIFY. They only make things prompt: every listener also
 * looks by itself now and then, because a notice sent while the database was away is gone. NOTIFY takes a
 * lock of the whole database at commit, so it is sent on its own, at most ten times a second, not in the
 * transactions that do the work.
 */
export function openChanges(db: Database, processId: string): Changes {
  const listeners: Record<Topic, Set<() => void>> = { work: new Set(), page: new Set(), access: new Set() };
  const pending = new Set<Topic>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const tell = (topic: Topic) => {
    for (const listener of [...listeners[topic]]) listener();
  };

  function send() {
    timer = undefined;
    const topics = [...pending].join(',');
    pending.clear();
    if (db.status().state !== 'up') return;
    db.pool.query('SELECT pg_notify($1, $2)', [CHANNEL, `${processId} ${topics}`]).catch(() => undefined);
  }

  async function listen() {
    await Promise.race([
      db.ready,
      new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true })),
    ]);
    while (!stopping.signal.aborted) {
      const client = new pg.Client({
        connectionString: db.url,
        connectionTimeoutMillis: 2000,
        keepAlive: true,
      });
      const ended = new Promise<void>((resolve) => {
        client.once('end', resolve);
        client.on('error', () => resolve());
        stopping.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      client.on('notification', ({ payload = '' }) => {
        const [from, topics = ''] = payload.split(' ');
        if (from !== processId)
          for (const topic of topics.split(',')) if (topic in listeners) tell(topic as Topic);
      });
      try {
        await client.connect();
        await client.query(`LISTEN ${CHANNEL}`);
        tell('work');
        tell('page');
        tell('access');
        await ended;
      } catch {
        await delay(250);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }
  const listening = listen();

  return {
    announce(topic) {
      tell(topic);
      pending.add(topic);
      timer ??= setTimeout(send, COALESCE_MS);
    },
    on(topic, listener) {
      listeners[topic].add(listener);
      return () => listeners[topic].delete(listener);
    },
    listening: (topic) => listeners[topic].size,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await listening;
    },
  };
}
