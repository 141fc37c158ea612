import type { ClockReading } from '../database-clock.ts';
import type { DatabaseClient } from './client.server.ts';
import { ConnectionSilent } from './client.server.ts';
import type { Connections } from './connections.server.ts';

/** How long the server may take to be reached, and to answer whether it is there, ms. */
const CONNECT_MS = 5000;
const ANSWER_MS = 2000;
/** A statement of which nothing was heard for so long is looked up at the server, ms. */
const SUSPECT_MS = 3000;

export interface ServerState {
  version: number;
  readOnly: boolean;
}

export interface Watch {
  /**
   * Asks the server how it is, over a connection that nothing else uses. One that has gone silent says nothing of the
   * server: it is made anew, and so is everything else, because what has taken this one may have taken all.
   * @throws what connecting or asking threw
   */
  ask(): Promise<ServerState>;
  /** Gives up connections whose statement the server does not know of any more, or never heard of. */
  endLost(): Promise<void>;
  close(): Promise<void>;
}

const ASK = `SELECT current_setting('server_version_num')::int AS version, current_setting('transaction_read_only') = 'on' AS "readOnly",
  clock_timestamp() AS now`;

interface WatchListener {
  /** Connections had gone silent and were made anew. */
  renewed: (reason: string) => void;
  /** Each answer tells the server's time. */
  clock: (reading: ClockReading) => void;
}

export function openWatch(connections: Connections, listener: WatchListener): Watch {
  let client: DatabaseClient | null = null;
  /** Backends that were not at work on what we wait for when we last looked: an answer may still be on its way. */
  let suspects = new Set<number>();

  async function connected(): Promise<DatabaseClient> {
    if (client) return client;
    const fresh = connections.client({ silenceMs: ANSWER_MS, connectionTimeoutMillis: CONNECT_MS });
    fresh.on('error', () => undefined);
    fresh.once('end', () => {
      if (client === fresh) client = null;
    });
    await fresh.connect();
    return (client = fresh);
  }

  async function askOnce(): Promise<ServerState> {
    const asked = await connected();
    try {
      const sentAt = performance.now();
      const { rows } = await asked.query<ServerState & { now: Date }>(ASK);
      const { now: databaseTime, ...state } = rows[0]!;
      listener.clock({ sentAt, answeredAt: performance.now(), databaseTime });
      return state;
    } catch (error) {
      if (client === asked) client = null;
      asked.giveUp('it failed');
      throw error;
    }
  }

  return {
    async ask() {
      const before = client;
      try {
        return await askOnce();
      } catch (error) {
        if (!before || !(error instanceof ConnectionSilent)) throw error;
        const state = await askOnce();
        connections.renew(error.message, client);
        listener.renewed(error.message);
        return state;
      }
    },
    async endLost() {
      const silent = connections.silentFor(SUSPECT_MS).filter(({ backend }) => backend !== null);
      const before = suspects;
      suspects = new Set();
      if (silent.length === 0 || !client) return;
      const { rows } = await client.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE pid = ANY($1::int[]) AND state IN ('active', 'fastpath function call', 'disabled')",
        [silent.map(({ backend }) => backend)],
      );
      const atWork = new Set(rows.map(({ pid }) => pid));
      for (const lost of silent) {
        if (atWork.has(lost.backend!)) continue;
        if (before.has(lost.backend!)) lost.giveUp('the server is not at work on what was asked of it');
        else suspects.add(lost.backend!);
      }
    },
    async close() {
      await client?.end().catch(() => undefined);
    },
  };
}
