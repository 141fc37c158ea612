import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { exampleMessageBody } from '../support/examples.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { startMuteProxy } from '../support/mute-proxy.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { until } from '../support/until.ts';
import { queryOf } from './inbox-contents.ts';
import { startOwnPostgres, type OwnPostgres } from './own-postgres.ts';

let server: OwnPostgres;
let agent: AgentService;
let apps: AppProcess[];
let folders: string[];

beforeEach(async () => {
  [server, agent] = await Promise.all([startOwnPostgres(), startAgent()]);
  apps = [];
  folders = [];
});
afterEach(async () => {
  await Promise.all(apps.map((app) => app.kill('SIGTERM')));
  await agent.stop();
  await server.remove();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** @param as where it lies and how it comes to the database, if not as a new one */
async function start(
  role: string,
  { folder, databaseUrl = server.url }: { folder?: string; databaseUrl?: string } = {},
): Promise<AppProcess> {
  if (!folder) folders.push((folder = await makeQuickFolder('spools')));
  const app = await startApp({
    ROLE: role,
    DATABASE_URL: databaseUrl,
    DATA_DIR: folder,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
  });
  apps.push(app);
  return app;
}

/** The n-th event of a conversation: a message, or a change of the conversation, which is sent in the order of receipt. */
function eventOf(conversationId: number, n: number, kind: 'message' | 'change'): string {
  const at = 1_790_064_905_000 + n * 1000;
  if (kind === 'message')
    return exampleMessageBody({ conversationId, messageId: conversationId * 100 + n, at });
  return JSON.stringify({
    event: 'conversation_updated',
    ...{ id: conversationId, account: { id: 2 }, updated_at: at / 1000 },
    changed_attributes: [{ priority: { previous_value: null, current_value: `p${n}` } }],
  });
}

const isSpooled = async (app: AppProcess, body: string) => {
  const answer = await fetch(`${app.url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { status: string }).status === 'spooled';
};

/** How many of one conversation arrived behind a later one. */
function outOfOrder(bodies: readonly string[]): number {
  const hashes = bodies.map((body) => createHash('sha256').update(body).digest('hex'));
  const arrived = agent.records.received
    .map(({ bodySha256 }) => hashes.indexOf(bodySha256))
    .filter((n) => n !== -1);
  let newest = -1;
  return arrived.filter((n) => {
    newest = Math.max(newest, n);
    return n < newest;
  }).length;
}

const arrived = (bodies: readonly string[]) =>
  until(
    'all have arrived',
    () => {
      const hashes = agent.records.bodyHashes();
      return bodies.every((body) => hashes.has(createHash('sha256').update(body).digest('hex')));
    },
    90_000,
  );

/** What each process says that it keeps. */
const processes = async (): Promise<number[]> =>
  (await queryOf<{ spooled: number }>(server.url, 'SELECT spooled FROM processes')).map(
    ({ spooled }) => spooled,
  );

test('two web processes keep webhooks while the database is away: each conversation goes on in the order in which they came', async () => {
  const [first, second] = await Promise.all([start('web'), start('web')]);
  await Promise.all([first.ready(), second.ready()]);
  await until('both are known', async () => (await processes()).length === 2);
  const stories: { name: string; bodies: string[] }[] = [];
  let conversationId = 500;
  for (const where of ['both', 'the first'] as const)
    for (const kind of ['message', 'change'] as const) {
      conversationId += 1;
      const bodies = Array.from({ length: 40 }, (_, n) => eventOf(conversationId, n + 1, kind));
      const via = (n: number) => (where === 'both' ? [first, second][n % 2]! : first);
      const other = (n: number) => (where === 'both' ? via(n) : second);
      await server.kill();
      // The first outage is one that the worker has not seen begin.
      if (stories.length === 0) await start('worker');
      let kept = 0;
      for (const [n, body] of bodies.slice(0, 20).entries()) {
        kept += Number(await isSpooled(via(n), body));
        // Two processes know the time of the server to a few milliseconds.
        await delay(10);
      }
      // Whether or not the app saw to it already: a few come while it starts, and the others when it is there.
      const back = server.start();
      for (const [n, body] of bodies.slice(20).entries()) {
        await isSpooled(other(n), body);
        await delay(25);
      }
      await back;
      expect(kept, 'what came while the database was away').toBeGreaterThan(10);
      stories.push({ name: `${kind}s, kept by ${where}`, bodies });
      await arrived(bodies);
    }
  expect(Object.fromEntries(stories.map(({ name, bodies }) => [name, outOfOrder(bodies)]))).toEqual(
    Object.fromEntries(stories.map(({ name }) => [name, 0])),
  );
  expect(agent.records.duplicateCount()).toBe(0);
}, 400_000);

test('they keep webhooks while the database answers all but those that take them: the order holds as well', async () => {
  const [first, second] = await Promise.all([start('web'), start('web'), start('worker')]);
  await Promise.all([first.ready(), second.ready()]);
  await until('all are known', async () => (await processes()).length === 3);
  const late: number[] = [];
  for (const conversationId of [601, 602, 603]) {
    const bodies = Array.from({ length: 20 }, (_, n) => eventOf(conversationId, n + 1, 'change'));
    const client = new pg.Client(server.superuserUrl);
    await client.connect();
    await client.query('BEGIN');
    // Whoever writes waits; whoever reads does not.
    await client.query('LOCK TABLE webhook_events IN SHARE MODE');
    const kept: boolean[] = [];
    for (const body of bodies.slice(0, 10)) kept.push(await isSpooled(first, body));
    expect(kept).toEqual(kept.map(() => true));
    await until('it has said so', async () => (await processes()).includes(10));
    await client.query('ROLLBACK');
    await client.end();
    for (const body of bodies.slice(10)) await isSpooled(second, body);
    await arrived(bodies);
    late.push(outOfOrder(bodies));
  }
  expect(late).toEqual([0, 0, 0]);
}, 200_000);

test('a web that is back long after the others were: a worker that begins meanwhile waits for what it had kept', async () => {
  const way = await startMuteProxy(server.url);
  try {
    const first = await start('web');
    const second = await start('web');
    await Promise.all([first.ready(), second.ready()]);
    await until('both are known', async () => (await processes()).length === 2);
    const bodies = Array.from({ length: 20 }, (_, n) => eventOf(701, n + 1, 'change'));
    await server.kill();
    let kept = 0;
    for (const body of bodies.slice(0, 10)) kept += Number(await isSpooled(second, body));
    expect(kept, 'what came while the database was away').toBeGreaterThan(5);
    await second.kill('SIGKILL');
    await server.start();
    for (const body of bodies.slice(10)) await isSpooled(first, body);
    await until('the first has been back for longer than a process may be silent', async () => {
      const [row] = await queryOf<{ s: number }>(
        server.url,
        'SELECT extract(epoch FROM max(last_seen) - min(last_seen))::float8 AS s FROM processes',
      );
      return row!.s > 9;
    });
    way.cut();
    const [worker] = await Promise.all([
      start('worker'),
      start('web', { folder: folders[1]!, databaseUrl: way.url }),
    ]);
    await until('the worker is known', async () => (await processes()).length === 3);
    way.heal();
    await arrived(bodies);
    expect(outOfOrder(bodies)).toBe(0);
    expect(worker.ended()).toBe(false);
  } finally {
    await way.stop();
  }
}, 120_000);
