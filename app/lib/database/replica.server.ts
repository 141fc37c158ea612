import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { openConnections, type Work, workOn } from './pool.server.ts';
import { isPassing, troubleOf, type Trouble } from './trouble.ts';

/** A page waits so long for the replica to have what the primary has, ms; then it is read from the primary. */
const WAIT_MS = 150;
const AGAIN_MS = 5;
/** After a page has waited in vain, and while all is well, the replica is looked at so often, ms. */
const LOOK_MS = 500;
/** Of a look, and of connecting, ms. */
const ANSWER_MS = 1000;
/** A statement that the replica does not answer is asked of the primary after so long, ms; silence is noticed before. */
const STATEMENT_MS = 3000;
const SILENCE_MS = 1500;
/** What is behind for less is no trouble: it is a look that came at a bad moment. */
const TROUBLE_MS = 3000;

export interface Replica {
  /**
   * Whether pages may be read from it now: it has everything that was committed on the primary before it was asked. Asked anew
   * for each page, so that nobody sees less than what was there when they asked, whoever did it and over whichever process.
   */
  isCurrent(): Promise<boolean>;
  /** Its connections; a statement that it does not answer is asked of the primary. */
  reading: Work;
  connections: pg.Pool;
  /** Why pages are read from the primary instead. */
  trouble(): Trouble | null;
  stop(): Promise<void>;
}

/** What a primary has written durably: a commit is seen only after that. */
const WRITTEN = 'SELECT pg_current_wal_flush_lsn() AS at';
const HAS = 'SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::pg_lsn AS has';
const WHO = 'SELECT system_identifier::text AS who FROM pg_control_system()';
const STATE = `SELECT pg_is_in_recovery() AS follows, pg_last_wal_replay_lsn() AS at,
  (SELECT system_identifier::text FROM pg_control_system()) AS who`;
const AHEAD = 'SELECT $1::pg_lsn > pg_current_wal_flush_lsn() AS ahead';

const CURE =
  'Pages are read from the database itself meanwhile. Start the replica, or take DATABASE_READ_URL away and restart the app.';
const AWAY: Trouble = {
  kind: 'other',
  sentence: 'The replica in DATABASE_READ_URL does not answer.',
  cure: CURE,
};
const BEHIND: Trouble = {
  kind: 'other',
  sentence: 'The replica in DATABASE_READ_URL is behind the database.',
  cure: 'Pages are read from the database itself meanwhile. See what holds the replica up: its network, its disk, or replay that was paused.',
};
const STRANGER: Trouble = {
  kind: 'other',
  sentence: 'What DATABASE_READ_URL leads to is no replica of the database.',
  cure: 'Pages are read from the database itself. Let it lead to a server that follows it, or take it away, and restart the app.',
};

/**
 * A streaming replica, from which pages are read while it has all that the primary has.
 * @param primary for pages, whose connections are used when the replica cannot be
 */
export function openReplica(url: string, max: number, primary: Work): Replica {
  const stopping = new AbortController();
  const opened = openConnections({ where: () => url, pooled: () => false }, () => undefined);
  const connections = opened.pool({
    max,
    statementMs: STATEMENT_MS,
    silenceMs: SILENCE_MS,
    connectionTimeoutMillis: ANSWER_MS,
  });
  const pool = withPrimary(connections, primary.pool);
  /** Fit for use when it was last looked at. */
  let isFit = false;
  let trouble: Trouble | null = null;
  let unfitSince = performance.now();
  let now: Promise<boolean> | undefined;
  let next: Promise<boolean> | undefined;

  function become(found: Trouble | null) {
    if (found === null) isFit = true;
    else if (isFit) {
      isFit = false;
      unfitSince = performance.now();
    }
    trouble = found;
  }

  async function written(): Promise<string> {
    return (await primary.pool.query<{ at: string }>(WRITTEN)).rows[0]!.at;
  }

  async function has(at: string): Promise<boolean> {
    return (await connections.query<{ has: boolean | null }>(HAS, [at])).rows[0]!.has === true;
  }

  /** Whether it has, in time, all that the primary has at this moment. */
  async function catchesUp(): Promise<boolean> {
    const until = performance.now() + WAIT_MS;
    const at = await written();
    while (!(await has(at))) {
      if (performance.now() > until) return false;
      await delay(AGAIN_MS);
    }
    return true;
  }

  /** Two questions are never under way at once: those who ask meanwhile share the next one, which begins after they asked. */
  function ask(): Promise<boolean> {
    if (!now) {
      now = within(WAIT_MS, catchesUp())
        .catch(() => false)
        .finally(() => (now = undefined));
      return now;
    }
    next ??= now.then(() => {
      next = undefined;
      return ask();
    });
    return next;
  }

  async function look() {
    const state = await within(
      ANSWER_MS,
      connections.query<{ follows: boolean; at: string | null; who: string }>(STATE),
    ).catch(() => null);
    if (!state) return become(AWAY);
    const { follows, at, who } = state.rows[0]!;
    // One that has what the primary never wrote follows another server, as after a take-over that it missed.
    const [own, ahead] = await Promise.all([
      primary.pool.query<{ who: string }>(WHO),
      primary.pool.query<{ ahead: boolean }>(AHEAD, [at]),
    ]);
    if (!follows || who !== own.rows[0]!.who || ahead.rows[0]!.ahead) return become(STRANGER);
    become((await ask()) ? null : BEHIND);
  }

  async function keepLooking() {
    while (!stopping.signal.aborted) {
      // While the primary does not answer, nothing is known of the replica, and pages say that it is away.
      await look().catch(() => (isFit = false));
      await delay(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const looking = keepLooking();
  const reading = workOn(pool);

  return {
    async isCurrent() {
      if (!isFit) return false;
      if (await ask()) return true;
      // The next pages do not wait for it, until it was looked at again.
      become(BEHIND);
      return false;
    },
    reading,
    connections,
    trouble: () => (!isFit && performance.now() - unfitSince > TROUBLE_MS ? trouble : null),
    async stop() {
      stopping.abort();
      await looking;
      await reading.stop();
    },
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = delay(ms, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  late.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/** SQLSTATEs with which a replica ends a statement that the primary would have answered: replay was in its way, or it writes. */
const OF_REPLICAS = new Set(['40001', '40P01', '25006', '57014', '55000']);

/** Statements go to the replica, and to the primary when it fails; whoever wants a connection of their own gets the primary's. */
function withPrimary(replica: pg.Pool, primary: pg.Pool): pg.Pool {
  const query = (...given: unknown[]) => {
    const ask = (pool: pg.Pool) => (pool.query as (...given: unknown[]) => unknown)(...given);
    if (given.some((one) => typeof one === 'function')) return ask(primary);
    return (ask(replica) as Promise<unknown>).catch((error: unknown) => {
      const { code } = error as { code?: string };
      if (OF_REPLICAS.has(code ?? '') || isPassing(troubleOf(error).kind)) return ask(primary);
      throw error;
    });
  };
  return Object.assign(Object.create(primary) as pg.Pool, { query, end: () => replica.end() });
}
