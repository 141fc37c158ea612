import { setTimeout as delay } from 'node:timers/promises';
import { HEARTBEAT_MS } from '../../../app/features/processes/liveness.ts';
import { between, pick } from '../../../app/sandbox/random.ts';
import { until } from '../../support/until.ts';
import { away, type FaultKind } from './kind.ts';

const ALL = [0, 1, 2, 3];
/** A process that was not heard of for so long counts as dead, ms. */
const ALIVE_MS = 4 * HEARTBEAT_MS;
/** Of clocks, ms: two minutes and an hour, behind and ahead. */
const SHIFTS = [-3_600_000, -120_000, 120_000, 3_600_000];

export const PROCESSES: FaultKind[] = [
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
    name: 'killed in the middle of a deploy',
    async happens(world, random) {
      for (const which of ALL) {
        await world.kill([which], { signal: 'SIGTERM' });
        await delay(between(random, 0, 600));
        if (random() < 0.5) await world.kill([pick(random, ALL)]);
      }
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
    name: 'clock of a process ± 2 min, ± 1 h',
    benchmark: 'clock skew',
    async happens(world, random) {
      await world.kill([pick(random, ALL)], { clockMs: pick(random, SHIFTS) });
    },
  },
  {
    name: "clock of the database ± 2 min, ± 1 h: everybody else's is shifted",
    async happens(world, random) {
      await world.kill(ALL, { signal: 'SIGTERM', clockMs: pick(random, SHIFTS) });
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
