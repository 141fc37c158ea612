import type { ClockReading } from './database-clock.ts';
import { ConnectionSilent, type DatabaseClient } from './database-client.server.ts';
import type { Connections } from './pool.server.ts';

/** How long a server may take to be reached, and to answer whether it is there, ms. */
const CONNECT_MS = 5000;
const ANSWER_MS = 2000;
/** A statement of which nothing was heard for so long is looked up at the server, ms. */
const SUSPECT_MS = 3000;

interface ServerState {
  version: number;
  readOnly: boolean;
  /** Whether a pooler stands before it, which gives each transaction another backend. */
  pooled: boolean;
}

export interface Watch {
  /** The connection string of the server that is used now. */
  server(): string;
  /**
   * Asks the server how it is, over a connection that nothing else uses. One that has gone silent says nothing of the
   * server: it is made anew, and so is everything else, because what has taken this one may have taken all. Of several
   * servers the one that takes writes is used.
   * @throws what connecting or asking threw
   */
  ask(): Promise<ServerState>;
  /** Somebody was told that the server takes no writes: the next question is asked over a new connection. */
  doubt(): void;
  /** Gives up connections whose statement the server does not know of any more, or never heard of. */
  endLost(): Promise<void>;
  /** For the few statements about the server itself. Only after an answer to `ask`. */
  client(): DatabaseClient;
  close(): Promise<void>;
}

const ASK = `SELECT current_setting('server_version_num')::int AS version, current_setting('transaction_read_only') = 'on' AS "readOnly",
  pg_backend_pid() AS backend, extract(epoch FROM clock_timestamp())::float8 AS seconds`;

interface Answer {
  version: number;
  readOnly: boolean;
  backend: number;
  /** Unix seconds: how a session writes times is a setting. */
  seconds: number;
}

interface WatchListener {
  /** All connections are made anew, and why. */
  renewed: (reason: string) => void;
  /** The connection is gone, and with it perhaps all others: a server that was started anew need never be seen away. */
  interrupted: () => void;
  /** Each answer tells the server's time. */
  clock: (reading: ClockReading) => void;
}

/**
 * @param servers connection strings, in the order in which they are tried; at least one
 */
export function openWatch(
  connections: Connections,
  servers: () => readonly string[],
  listener: WatchListener,
): Watch {
  let used: string | undefined;
  let client: DatabaseClient | null = null;
  let state: ServerState | undefined;
  /** Backends that were not at work on what we wait for when we last looked: an answer may still be on its way. */
  let suspects = new Set<number>();

  const server = () => used ?? servers()[0]!;

  async function connect(where: string): Promise<DatabaseClient> {
    const fresh = connections.client({
      where: () => where,
      // What it asks needs no session; and whether there is one is not known yet.
      pooled: () => true,
      silenceMs: ANSWER_MS,
      connectionTimeoutMillis: CONNECT_MS,
    });
    fresh.on('error', () => undefined);
    fresh.once('end', () => {
      if (client === fresh) client = null;
      listener.interrupted();
    });
    await fresh.connect();
    return fresh;
  }

  async function askOver(asked: DatabaseClient): Promise<ServerState> {
    const sentAt = performance.now();
    const { rows } = await asked.query<Answer>(ASK);
    const { version, readOnly, backend, seconds } = rows[0]!;
    const databaseTime = new Date(seconds * 1000);
    listener.clock({ sentAt, answeredAt: performance.now(), databaseTime });
    return { version, readOnly, pooled: backend !== asked.announcedBackend };
  }

  /** The one used so far first; else the first that takes writes, else the first that answers. */
  async function findServer(): Promise<ServerState> {
    let second: { where: string; asked: DatabaseClient; found: ServerState } | undefined;
    const failures: unknown[] = [];
    for (const where of new Set([server(), ...servers()])) {
      try {
        const asked = await connect(where);
        const found = await askOver(asked);
        if (!found.readOnly) {
          void second?.asked.end();
          return take(where, asked, found);
        }
        if (second) void asked.end();
        else second = { where, asked, found };
      } catch (error) {
        failures.push(error);
      }
    }
    if (second) return take(second.where, second.asked, second.found);
    throw failures.length === 1 ? failures[0] : new AggregateError(failures);
  }

  function take(where: string, asked: DatabaseClient, found: ServerState): ServerState {
    client = asked;
    const moved = used !== undefined && used !== where;
    const promoted = state?.readOnly === true && !found.readOnly;
    used = where;
    if (moved || promoted) renew('another server takes the writes now');
    return (state = found);
  }

  function renew(reason: string) {
    connections.renew(reason, client);
    listener.renewed(reason);
  }

  function drop() {
    client?.giveUp('the watch makes another one');
    client = null;
  }

  return {
    server,
    async ask() {
      // One that takes no writes may have been replaced: only a new connection leads to whatever is there now.
      if (state?.readOnly) drop();
      const before = client;
      if (!before) return findServer();
      try {
        state = await askOver(before);
        return state.readOnly ? await findServer() : state;
      } catch (error) {
        drop();
        const found = await findServer();
        if (error instanceof ConnectionSilent) renew(error.message);
        return found;
      }
    },
    doubt: drop,
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
    client() {
      if (!client) throw new ConnectionSilent('it is being made anew');
      return client;
    },
    async close() {
      await client?.end().catch(() => undefined);
    },
  };
}
