import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { notificationSettings } from '../../app/sandbox/notifications/notifications.ts';
import { until } from '../support/until.ts';
import { createNotifyWorld, messageOf, type NotifyWorld } from './notify-world.ts';

let world: NotifyWorld;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  world = await createNotifyWorld();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await world.close();
});

async function startProcess(): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, 'notifier-process.ts'), {
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      DATABASE_URL: world.services.databaseUrl,
      DATA_DIR: world.services.dataDir,
      ...notificationSettings(world.stubs),
    },
  });
  children.add(child);
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const KINDS = ['slack', 'email', 'pagerduty', 'webhook'] as const;

test('kill -9 in the middle of sending: the next process sends everything, in order, and repeats at most what was out', async () => {
  const { stubs } = world;
  for (const kind of KINDS) await stubs[kind].setMode('hang');
  const wanted = ['opened', 'escalated', 'resolved'] as const;
  await world.queue(
    new Date(),
    ...KINDS.flatMap((kind) =>
      wanted.map((what) => ({
        dedupeKey: `${what} ${kind}`,
        channel: { kind, of: 'environment' as const },
        message: messageOf(what),
      })),
    ),
  );
  const first = await startProcess();
  await until('something is out over every channel', () => KINDS.every((kind) => stubs[kind].asked() > 0));
  await kill(first);
  for (const kind of KINDS) await stubs[kind].setMode('ok');
  await startProcess();
  await until(
    'everything is accepted',
    async () => (await world.rows()).every(({ state }) => state === 'accepted'),
    40_000,
  );
  for (const kind of ['slack', 'webhook'] as const)
    expect(stubs[kind].received.map(({ text }) => /12 (\w+)/.exec(text)![1])).toEqual([...wanted]);
  expect(stubs.pagerduty.received.map(({ body }) => body.event_action)).toEqual([
    'trigger',
    'trigger',
    'resolve',
  ]);
  expect(stubs.email.received).toHaveLength(3);
  expect(await world.log('opened slack')).toEqual(['queued', 'sent', 'sent', 'accepted']);
}, 60_000);
