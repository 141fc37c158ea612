import { execFileSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import type { OwnPostgres } from '../intake/own-postgres.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { until } from '../support/until.ts';
import { startFaultWorld } from './fault-world.ts';
import { countHarm, hasArrived } from './harm.ts';
import { startSender } from './sender.ts';

/**
 * `npm run test:upgrade`: from which release a running installation is brought to this one: a commit, or a folder in which one
 * is built already.
 */
const { UPGRADE_FROM } = process.env;
const PATIENCE_MS = 120_000;

/** The other release, built with the packages of this one. */
async function build(commit: string): Promise<string> {
  if (existsSync(path.join(commit, 'build'))) return commit;
  const folder = await makeQuickFolder('release');
  const here = process.cwd();
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production' } as const;
  execFileSync('sh', ['-c', `git archive '${commit}' | tar x -C '${folder}'`], { cwd: here });
  symlinkSync(path.join(here, 'node_modules'), path.join(folder, 'node_modules'));
  for (const script of ['generate', 'build'])
    execFileSync('npm', ['run', '-s', script], { cwd: folder, env, stdio: 'pipe' });
  return folder;
}

/** How webhooks came into the database. */
async function countWays({ superuserUrl }: OwnPostgres): Promise<unknown> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    return (await client.query('SELECT via, count(*)::int AS n FROM webhook_events GROUP BY via')).rows;
  } finally {
    await client.end();
  }
}

const ORDERS = { 'workers first': [2, 3, 0, 1], 'webs first': [0, 1, 2, 3] };

test('an earlier release is replaced process by process while webhooks come: nothing is refused, lost or twice, and with workers first all in order', async () => {
  const root = await build(UPGRADE_FROM!);
  for (const [name, order] of Object.entries(ORDERS)) {
    const world = await startFaultWorld({ root });
    try {
      const sender = startSender(world, 40);
      await delay(2000);
      for (const which of order) {
        await world.kill([which], { signal: 'SIGTERM' });
        const app = world.apps[which]!;
        await until('the successor is ready', () => app.ready().then(() => true), PATIENCE_MS);
        // Old and new side by side.
        await delay(3000);
      }
      await sender.stop();
      await until('all has arrived', () => hasArrived(world, sender.acknowledged), PATIENCE_MS).catch(
        () => undefined,
      );
      const harm = await countHarm(world, sender.acknowledged);
      const told = { from: UPGRADE_FROM, name, acknowledged: sender.acknowledged.length, ...harm };
      process.stdout.write(`${JSON.stringify({ ...told, ways: await countWays(world.server) })}\n`);
      expect(sender.acknowledged.length).toBeGreaterThan(100);
      expect({ ...harm, refused: sender.refused }, name).toEqual({
        ...{ lost: 0, twice: 0, stuck: 0, refused: [] },
        // Webs that come first migrate, and keep webhooks until that is done, of which old workers know nothing.
        outOfOrder: name === 'workers first' ? 0 : (expect.any(Number) as number),
      });
    } finally {
      await world.stop();
    }
  }
}, 1_200_000);
