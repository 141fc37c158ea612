import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseClient } from './database-client.server.ts';
import type { Database } from './database.server.ts';

/**
 * What a process tells the others: `queued` when a webhook was taken, thousands of times a second; `work` when there may be
 * something else to do now, such as a replay;
 * `page` when something that the page shows has changed, `alarm` when that is an alert, an incident or a health check and
 * no page waits to show it, `access` when somebody may do less than before.
 */
const TOPICS = ['queued', 'work', 'page', 'alarm', 'access'] as const;
type Topic = (typeof TOPICS)[number];

export interface ChangeFeed {
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
/** How long the listening connection may take to be made, and to answer, ms. */
const CONNECT_MS = 5000;
const ANSWER_MS = 5000;
/** Nobody says anything on it when nothing happens, so it is asked this often whether it still leads anywhere, ms. */
const ASK_MS = 10_000;

/**
 * Change notices between processes over LISTEN/NOTIFY. They only make things prompt: every listener also
 * looks by itself now and then, because a notice sent while the database was away is gone. NOTIFY takes a
 * lock of the whole database at commit, so it is sent on its own, at most ten times a second, not in the
 * transactions that do the work.
 */
export function openChanges(db: Database, processId: string): ChangeFeed {
  const listeners: Record<Topic, Set<() => void>> = {
    queued: new Set(),
    work: new Set(),
    page: new Set(),
    alarm: new Set(),
    access: new Set(),
  };
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
      const client = db.client({ direct: true, silenceMs: ANSWER_MS, connectionTimeoutMillis: CONNECT_MS });
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
        for (const topic of TOPICS) tell(topic);
        await askUntil(ended, client);
      } catch {
        await delay(250);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }
  async function askUntil(ended: Promise<void>, client: DatabaseClient) {
    const left = new AbortController();
    void ended.finally(() => left.abort());
    for (;;) {
      await delay(ASK_MS, undefined, { signal: left.signal }).catch(() => undefined);
      if (left.signal.aborted) return;
      await client.query('SELECT 1');
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
