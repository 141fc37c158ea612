import { setTimeout as delay } from 'node:timers/promises';
import { between } from '../../../app/sandbox/random.ts';
import { until } from '../../support/until.ts';
import { away, noticed, type FaultKind } from './kind.ts';

export const DISKS: FaultKind[] = [
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
      await noticed(random);
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
      await noticed(random);
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
