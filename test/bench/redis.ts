import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { until } from '../support/until.ts';

export interface RedisServer {
  /** A Unix socket: the server listens nowhere else. */
  socket: string;
  stop: () => Promise<void>;
}

/** A Redis of the bench's own that answers a write when it is on the disk; null where no `redis-server` is found on the PATH. */
export async function startRedis(): Promise<RedisServer | null> {
  const folder = await mkdtemp(path.join(tmpdir(), 'outage-center-redis-'));
  const socket = path.join(folder, 'redis.sock');
  const settings = {
    ...{ port: '0', unixsocket: socket, dir: folder, save: '' },
    ...{ appendonly: 'yes', appendfsync: 'always', 'auto-aof-rewrite-percentage': '0' },
  };
  const child = spawn(
    'redis-server',
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: 'ignore' },
  );
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid) {
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), delay(10_000)]);
    }
    await rm(folder, { recursive: true, force: true });
  };
  const isThere = await new Promise<boolean>((resolve) => {
    child.once('spawn', () => resolve(true)).once('error', () => resolve(false));
  });
  if (!isThere) {
    await stop();
    return null;
  }
  const client = new Redis({ path: socket, lazyConnect: true, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  await until('Redis answers', () => client.ping(), 30_000).finally(() => client.disconnect());
  return { socket, stop };
}
