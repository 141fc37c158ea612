import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { between, pick } from '../../../app/sandbox/random.ts';
import { away, noticed, type FaultKind } from './kind.ts';

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

export const DATABASE: FaultKind[] = [
  {
    name: 'database killed',
    isDatabaseAway: true,
    async happens({ server }, random) {
      await server.kill();
      await noticed(random);
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
