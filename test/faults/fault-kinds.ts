import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { HEARTBEAT_MS } from '../../app/features/processes/liveness.ts';
import { between, pick, type Random } from '../../app/sandbox/random.ts';
import type { MuteProxy } from '../support/mute-proxy.ts';
import { until } from '../support/until.ts';
import type { FaultWorld } from './fault-world.ts';

/** Something that breaks, and is whole again when `happens` returns. */
export interface FaultKind {
  name: string;
  /** Whether the database is away meanwhile, so that /readyz has to say so. */
  isDatabaseAway?: boolean;
  /** A scenario of the public benchmark of PostgreSQL queues (five of chaos, four of pressure). */
  benchmark?: string;
  /** Whether it takes disks that become full, which only root may mount. */
  needsDisks?: boolean;
  /** Whether events may arrive behind later ones: only one web is cut off, and nobody can know what it holds (decision 6). */
  mayComeLate?: boolean;
  happens(world: FaultWorld, random: Random): Promise<void>;
}

const ALL = [0, 1, 2, 3];
/** A process that was not heard of for so long counts as dead, ms. */
const ALIVE_MS = 4 * HEARTBEAT_MS;
const SHIFTS = [-3_600_000, -120_000, 120_000, 3_600_000];

const away = (random: Random) => delay(between(random, 300, 4000));

/** Statements of somebody else at the database, over connections of his own. */
async function withClients(url: string, n: number, work: (clients: pg.Client[]) => Promise<void>) {
  const clients: pg.Client[] = [];
  try {
    for (let i = 0; i < n; i++) {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined);
      // The server says when it has none left: that is the fault.
      if (
        await client.connect().then(
          () => true,
          () => false,
        )
      )
        clients.push(client);
    }
    await work(clients);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

const run = (url: string, ...statements: string[]) =>
  withClients(url, 1, async ([client]) => {
    for (const statement of statements) await client?.query(statement).catch(() => undefined);
  });

const PROCESSES: FaultKind[] = [
  {
    name: 'web killed',
    async happens(world, random) {
      await world.kill([pick(random, [0, 1])]);
    },
  },
  {
    name: 'worker killed',
    benchmark: 'worker killed mid-job',
    async happens(world, random) {
      await world.kill([pick(random, [2, 3])]);
    },
  },
  { name: 'webs and workers killed', happens: (world) => world.kill(ALL) },
  {
    name: 'everything killed',
    async happens(world) {
      await Promise.all([world.server.kill(), world.kill(ALL)]);
      await world.server.start();
    },
  },
  {
    name: 'everything restarted at once',
    async happens(world) {
      await Promise.all([world.server.restart(), world.kill(ALL, { signal: 'SIGTERM' })]);
    },
  },
  {
    name: 'killed while it starts',
    async happens(world, random) {
      const which = pick(random, ALL);
      await world.kill([which]);
      await delay(between(random, 50, 1500));
      await world.kill([which]);
    },
  },
  {
    name: 'deploy: one after the other',
    async happens(world) {
      for (const which of ALL) await world.kill([which], { signal: 'SIGTERM' });
    },
  },
  {
    name: 'process stopped and continued',
    async happens(world, random) {
      const { pid } = world.apps[pick(random, ALL)]!;
      process.kill(pid, 'SIGSTOP');
      await delay(between(random, 500, 12_000));
      process.kill(pid, 'SIGCONT');
    },
  },
  {
    name: 'stopped for longer than its leases hold',
    async happens(world, random) {
      const which = pick(random, [[0], [1], [2], [3], [2, 3], ALL]);
      const pids = which.map((n) => world.apps[n]!.pid);
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      await delay(between(random, ALIVE_MS + 1000, 2 * ALIVE_MS));
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    },
  },
  {
    name: 'clock of a process ± 1 h',
    benchmark: 'clock skew',
    async happens(world, random) {
      await world.kill([pick(random, ALL)], { clockMs: pick(random, SHIFTS) });
    },
  },
  {
    name: 'clock of a process jumps while it runs',
    async happens(world, random) {
      const which = pick(random, ALL);
      await world.kill([which], { signal: 'SIGTERM', clockLaterMs: pick(random, SHIFTS) });
      const app = world.apps[which]!;
      await until('it listens', async () => (await fetch(`${app.url}/healthz`)).ok, 60_000);
      await delay(between(random, 0, 1500));
      process.kill(app.pid, 'SIGUSR2');
      await away(random);
    },
  },
  {
    name: 'little memory',
    benchmark: 'memory pressure',
    async happens(world, random) {
      await world.kill([pick(random, ALL)], { flags: ['--max-old-space-size=96'] });
    },
  },
];

const DATABASE: FaultKind[] = [
  {
    name: 'database killed',
    isDatabaseAway: true,
    async happens({ server }, random) {
      await server.kill();
      await away(random);
      await server.start();
    },
  },
  {
    name: 'database restarted',
    benchmark: 'database restarted',
    async happens({ server }) {
      await server.restart();
    },
  },
  {
    name: 'killed while the spool is brought in',
    async happens(world, random) {
      await world.server.kill();
      await away(random);
      await world.server.start();
      await delay(between(random, 0, 400));
      await world.server.kill();
      await world.server.start();
    },
  },
  {
    name: 'database frozen',
    isDatabaseAway: true,
    async happens({ server }, random) {
      await server.freeze();
      await delay(between(random, 6000, 9000));
      await server.thaw();
    },
  },
  {
    name: 'server slow',
    benchmark: 'slow disk',
    async happens({ server }, random) {
      for (let i = 0; i < 12; i++) {
        await server.freeze();
        await delay(between(random, 50, 400));
        await server.thaw();
        await delay(between(random, 20, 150));
      }
    },
  },
  {
    name: 'connections cut',
    benchmark: 'connection cut',
    happens: ({ server }) =>
      run(
        server.superuserUrl,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
      ),
  },
  {
    name: 'tables locked',
    benchmark: 'lock held',
    happens: ({ server }, random) =>
      withClients(server.superuserUrl, 1, async ([client]) => {
        const table = pick(random, ['deliveries', 'webhook_events', 'leases', 'processes', 'fact_rollups']);
        await client!.query('BEGIN');
        await client!.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
        await away(random);
        await client!.query('ROLLBACK');
      }),
  },
  {
    name: 'connections used up',
    benchmark: 'connection exhaustion',
    happens: ({ server }, random) => withClients(server.url, 120, () => away(random)),
  },
  {
    name: 'old snapshot and dead rows',
    benchmark: 'bloat',
    happens: ({ server }, random) =>
      withClients(server.superuserUrl, 2, async ([reader, writer]) => {
        await reader!.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
        await reader!.query('SELECT count(*) FROM deliveries');
        for (let i = 0; i < 10; i++) await writer!.query('UPDATE deliveries SET due_at = due_at');
        await away(random);
        await reader!.query('ROLLBACK');
      }),
  },
  {
    name: 'database takes no writes',
    isDatabaseAway: true,
    async happens({ server }, random) {
      await run(
        server.superuserUrl,
        'ALTER SYSTEM SET default_transaction_read_only = on',
        'SELECT pg_reload_conf()',
      );
      await delay(between(random, 2000, 5000));
      await run(
        server.superuserUrl,
        'SET default_transaction_read_only = off',
        'ALTER SYSTEM RESET default_transaction_read_only',
        'SELECT pg_reload_conf()',
      );
    },
  },
];

/** Nothing passes, nobody is told; afterwards new connections work, and those that were there stay silent. */
async function mute(links: readonly MuteProxy[], which: 'all' | 'answers', random: Random): Promise<void> {
  for (const link of links) link.mute(which);
  await delay(between(random, 3500, 9000));
  for (const link of links) link.heal();
}

const NETWORK: FaultKind[] = [
  {
    name: 'silence between all and the database',
    isDatabaseAway: true,
    happens: ({ links }, random) => mute(links.database, 'all', random),
  },
  {
    name: 'half open: the database hears all and no answer comes back',
    happens: ({ links }, random) => mute(links.database, 'answers', random),
  },
  {
    name: 'silence between a worker and the database',
    happens: ({ links }, random) => mute([links.database[pick(random, [2, 3])]!], 'all', random),
  },
  {
    name: 'half open between a worker and the database',
    happens: ({ links }, random) => mute([links.database[pick(random, [2, 3])]!], 'answers', random),
  },
  {
    name: 'silence between a web and the database',
    mayComeLate: true,
    happens: ({ links }, random) => mute([links.database[pick(random, [0, 1])]!], 'all', random),
  },
  {
    name: 'silence between workers and the Agent service',
    happens: ({ links }, random) => mute([links.agent], 'all', random),
  },
  {
    name: 'half open: the Agent service hears all and no answer comes back',
    happens: ({ links }, random) => mute([links.agent], 'answers', random),
  },
  {
    name: 'silence between sender and webs',
    happens: ({ links }, random) => mute(links.webs, 'all', random),
  },
  {
    name: 'half open: webs hear the sender and no answer comes back',
    happens: ({ links }, random) => mute(links.webs, 'answers', random),
  },
  {
    name: 'Chatwoot silent while the webs are killed',
    async happens(world, random) {
      await Promise.all([mute([world.links.chatwoot], 'all', random), world.kill([0, 1])]);
    },
  },
];

const DISKS: FaultKind[] = [
  {
    name: 'disk of the database full',
    async happens({ disks, server }, random) {
      await disks!.database.fill();
      await away(random);
      await disks!.database.free();
      // Without space for its log the server ends, and its operator starts it again.
      await server.start();
    },
  },
  {
    name: 'disks of the spools full while the database is away',
    isDatabaseAway: true,
    async happens({ disks, server }, random) {
      await Promise.all(disks!.spools.map((disk) => disk.fill()));
      await server.kill();
      await away(random);
      await server.start();
      await Promise.all(disks!.spools.map((disk) => disk.free()));
    },
  },
  {
    name: 'disks of the spools become full while the database is away',
    isDatabaseAway: true,
    async happens({ disks, server }, random) {
      await server.kill();
      await delay(between(random, 300, 2500));
      await Promise.all(disks!.spools.map((disk) => disk.fill()));
      await away(random);
      await server.start();
      await away(random);
      await Promise.all(disks!.spools.map((disk) => disk.free()));
    },
  },
  {
    name: 'spools read-only while the database is away',
    isDatabaseAway: true,
    async happens({ disks, server }, random) {
      await until('nothing is spooled', () =>
        Promise.all(disks!.spools.map((disk) => disk.makeReadOnly())).then(() => true),
      );
      await server.kill();
      await away(random);
      await server.start();
      await Promise.all(disks!.spools.map((disk) => disk.free()));
    },
  },
  {
    name: 'disks of database and spools full',
    async happens({ disks, server }, random) {
      const all = [disks!.database, ...disks!.spools];
      await Promise.all(all.map((disk) => disk.fill()));
      await away(random);
      await Promise.all(all.map((disk) => disk.free()));
      await server.start();
    },
  },
];

const AGENT: FaultKind[] = (
  [
    ['reset'],
    ['hang'],
    ['down'],
    ['ok', { latencyMs: 1200 }],
    ...[500, 502, 503, 504, 408, 425].map((status) => ['status', { status }] as const),
    ['status', { status: 429, retryAfter: 1 }],
    ['status', { status: 503, retryAfter: 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    ['status', { status: 503, retryAfter: 'soon' }],
  ] as const
).map(([mode, settings]) => ({
  name: `Agent service: ${mode} ${settings ? Object.values(settings).join(' ') : ''}`.trim(),
  async happens({ agent }, random) {
    await agent.setMode(mode, settings);
    await away(random);
    await agent.setMode('ok');
  },
}));

export const FAULT_KINDS: readonly FaultKind[] = [
  ...PROCESSES,
  ...DATABASE,
  ...NETWORK,
  ...DISKS.map((kind) => ({ ...kind, needsDisks: true })),
  ...AGENT,
];
