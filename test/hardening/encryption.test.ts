import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readDeadLetter } from '../../app/features/delivery/dead-letters/read-dead-letter.server.ts';
import { openIntake } from '../../app/features/intake/open-intake.server.ts';
import { openBody, openText, sealBody, sealText } from '../../app/lib/body-cipher.server.ts';
import { parseConfig, type EncryptionKey } from '../../app/lib/settings/config.ts';
import { openDatabase } from '../../app/lib/database/database.server.ts';
import type { Services } from '../../app/lib/services.server.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { startWorker } from '../../app/worker/start-worker.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { QUICK } from '../support/world.ts';
import { startEchoAgent, type EchoAgent } from './echo-agent.ts';

const KEY_A = `a:${randomBytes(32).toString('base64')}`;
const KEY_B = `b:${randomBytes(32).toString('base64')}`;
const TEXT = 'My order 1881 never arrived';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const keysOf = (...settings: string[]): EncryptionKey[] => {
  const parsed = parseConfig({ DATA_ENCRYPTION_KEYS: settings.join(',') });
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return parsed.config.DATA_ENCRYPTION_KEYS;
};

const body = (message: number, content = TEXT) =>
  Buffer.from(
    JSON.stringify({
      event: 'message_created',
      id: message,
      content,
      account: { id: 2 },
      conversation: {
        id: 7,
        contact_inbox: { pubsub_token: 'PUBSUB' },
        meta: { sender: { id: 208, name: 'Mara Lind' } },
        custom_attributes: { status: 'private matter' },
      },
    }),
  );

test('sealed bytes open only with their key, for their event, unchanged', () => {
  const id = randomUUID();
  const [a, b] = [keysOf(KEY_A), keysOf(KEY_B)];
  const sealed = sealBody(a, body(1), id);
  expect(sealed.includes(TEXT)).toBe(false);
  expect(sealBody(a, body(1), id).equals(sealed)).toBe(false);
  expect(openBody([...b, ...a], sealed, id)).toEqual({ outcome: 'open', body: body(1) });
  expect(openBody(b, sealed, id)).toEqual({ outcome: 'no_key', keyId: 'a' });
  expect(openBody(a, sealed, randomUUID())).toEqual({ outcome: 'damaged' });
  expect(openBody([{ ...a[0]!, key: createSecretKey(randomBytes(32)) }], sealed, id)).toEqual({
    outcome: 'damaged',
  });
  // The first byte tells sealed from plain; everything after it is protected.
  for (let at = 1; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(openBody(a, changed, id).outcome, `byte ${at}`).not.toBe('open');
  }
  for (let length = 1; length < sealed.length; length += 1)
    expect(openBody(a, sealed.subarray(0, length), id).outcome).not.toBe('open');
});

test('without a key nothing changes, and rows of both kinds are read', () => {
  const id = randomUUID();
  const a = keysOf(KEY_A);
  expect(sealBody([], body(1), id)).toEqual(body(1));
  expect(openBody(a, body(1), id)).toEqual({ outcome: 'open', body: body(1) });
  expect(openBody([], body(1), id)).toEqual({ outcome: 'open', body: body(1) });
  expect(openBody(a, Buffer.alloc(0), id)).toEqual({ outcome: 'removed' });
  expect(sealText([], 'answer', id)).toBe('answer');
  expect(openText(a, sealText(a, 'answer', id), id)).toBe('answer');
  expect(openText([], sealText(a, 'answer', id), id)).toBeNull();
  expect(openText(a, 'sealed: by hand', id)).toBe('sealed: by hand');
});

test.each([
  'x',
  'a:AAAA',
  'a b:' + randomBytes(32).toString('base64'),
  ':' + randomBytes(32).toString('base64'),
])('a malformed key is refused at the start: %s', (value) => {
  const parsed = parseConfig({ DATA_ENCRYPTION_KEYS: value });
  expect(parsed.ok).toBe(false);
  expect(JSON.stringify(parsed)).toContain('DATA_ENCRYPTION_KEYS is malformed');
  expect(JSON.stringify(parsed)).not.toContain(value);
});

/** Services over one database and data folder, with the given keys. */
async function servicesWith(keys: string[], env: Record<string, string> = {}): Promise<TestServices> {
  const services = await createTestServices({ ...QUICK, ...env, DATA_ENCRYPTION_KEYS: keys.join(',') });
  cleanUps.push(() => services.close());
  return services;
}

async function receive(services: Services, messages: number[]): Promise<void> {
  const intake = openIntake(services);
  for (const message of messages) {
    const outcome = await intake.receive({
      headers: { 'content-type': 'application/json', 'x-chatwoot-delivery': `d-${message}` },
      token: null,
      body: body(message),
      receivedAt: new Date(),
    });
    expect(outcome.kind).toBe(services.db.status().state === 'up' ? 'accepted' : 'spooled');
  }
  await intake.stop();
}

function work(services: TestServices): () => Promise<void> {
  const heartbeat = startHeartbeat(services, () => undefined);
  const worker = startWorker(services);
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= worker.stop().then(() => heartbeat.stop()));
  cleanUps.push(stop);
  return stop;
}

async function echoAgent(status: number): Promise<EchoAgent> {
  const agent = await startEchoAgent(status);
  cleanUps.push(() => agent.stop());
  return agent;
}

const connectionTo = (agent: EchoAgent) => ({
  AGENT_SDK_URL: agent.url,
  CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
  CHATWOOT_ACCOUNT_ID: '2',
  CHATWOOT_API_TOKEN: 'token',
});

const countOf = async (services: Services, state: string) =>
  (
    await services.db.pool.query<{ n: number }>('SELECT count(*) AS n FROM deliveries WHERE state = $1', [
      state,
    ])
  ).rows[0]!.n;

/** Every row of every table that may quote a message, as text. */
async function everythingStored(services: Services): Promise<string> {
  const tables = ['webhook_events', 'deliveries', 'attempts', 'dashboard_facts'];
  const dumps = await Promise.all(
    tables.map(async (table) => {
      const bytes = table === 'webhook_events' ? ", encode(body, 'escape') AS bytes" : '';
      const { rows } = await services.db.pool.query(`SELECT *${bytes} FROM ${table}`);
      return JSON.stringify(rows);
    }),
  );
  return dumps.join();
}

test('with a key no text is stored in the clear; the Agent service and the page get it as it came', async () => {
  const agent = await echoAgent(422);
  const services = await servicesWith([KEY_A], connectionTo(agent));
  await receive(services, [1, 2]);
  work(services);
  await until('both are dead letters', async () => (await countOf(services, 'dead')) === 2);
  expect(agent.bodies).toEqual([body(1), body(2)]);

  const stored = await everythingStored(services);
  for (const secret of [TEXT, 'Mara Lind', 'PUBSUB', 'private matter']) expect(stored).not.toContain(secret);

  const facts = await services.db.pool.query<{ event: string; content: string; id: number }>(
    `SELECT value->'payload'->>'event' AS event, value->'payload'->>'content' AS content, id
     FROM dashboard_facts WHERE fact_type = 'support.webhook.dead_letter' ORDER BY id`,
  );
  expect(facts.rows).toMatchObject([
    { event: 'message_created', content: '[encrypted]' },
    { event: 'message_created', content: '[encrypted]' },
  ]);
  const detail = await readDeadLetter(services, facts.rows[0]!.id);
  expect(detail!.payload!.text).toContain(TEXT);
  expect(detail!.customerName).toBe('Mara Lind');
  expect(detail!.attempts[0]!.response).toContain(TEXT);
  expect(JSON.stringify(detail)).not.toContain('PUBSUB');

  const keyless = await servicesWith([], { DATABASE_URL: services.databaseUrl });
  expect(await readDeadLetter(keyless, facts.rows[0]!.id)).toMatchObject({
    payload: null,
    missing: { reason: 'unreadable' },
    attempts: [{ response: null }],
  });
});

test('rows from before encryption, under the old key and under the new one are all delivered, in order', async () => {
  const agent = await echoAgent(200);
  const before = await servicesWith([]);
  await receive(before, [1]);
  const database = { DATABASE_URL: before.databaseUrl };
  await receive(await servicesWith([KEY_A], database), [2]);
  const rotated = await servicesWith([KEY_B, KEY_A], { ...database, ...connectionTo(agent) });
  await receive(rotated, [3]);
  const { rows } = await rotated.db.pool.query<{ start: string }>(
    "SELECT encode(substring(body FROM 1 FOR 3), 'hex') AS start FROM webhook_events ORDER BY seq",
  );
  const starts = rows.map(({ start }) => Buffer.from(start, 'hex').toString('latin1'));
  expect(starts).toEqual(['{"e', '\u0001\u0001a', '\u0001\u0001b']);
  work(rotated);
  await until('all are delivered', async () => (await countOf(rotated, 'delivered')) === 3);
  expect(agent.bodies).toEqual([body(1), body(2), body(3)]);
});

test('without its key an event waits, and goes out when the key is back', async () => {
  const agent = await echoAgent(200);
  const first = await servicesWith([KEY_A]);
  await receive(first, [1]);
  const env = { DATABASE_URL: first.databaseUrl, ...connectionTo(agent) };
  const keyless = await servicesWith([KEY_B], env);
  const stop = work(keyless);
  await until('it was put off', async () => {
    const { rows } = await keyless.db.pool.query(
      'SELECT FROM deliveries WHERE due_at > now() AND NOT EXISTS (SELECT FROM leases)',
    );
    return rows.length === 1;
  });
  await stop();
  expect(agent.bodies).toEqual([]);
  expect(await countOf(keyless, 'pending')).toBe(1);

  await keyless.db.pool.query('UPDATE deliveries SET due_at = now()');
  const restored = await servicesWith([KEY_B, KEY_A], env);
  work(restored);
  await until('it is delivered', async () => (await countOf(restored, 'delivered')) === 1);
  expect(agent.bodies).toEqual([body(1)]);
});

test('spool files hold no text in the clear and are imported as they are', async () => {
  const agent = await echoAgent(200);
  const services = await servicesWith([KEY_A], connectionTo(agent));
  const away = openDatabase({
    databaseUrl: 'postgresql://nobody@127.0.0.1:1/none',
    dataDir: services.dataDir,
    log: services.log,
  });
  await receive({ ...services, db: away, processId: randomUUID() }, [1, 2]);
  await away.stop();
  const folder = path.join(services.dataDir, 'spool');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const bytes = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(path.join(file.parentPath, file.name))),
  );
  expect(Buffer.concat(bytes).includes('message_created')).toBe(true);
  expect(Buffer.concat(bytes).includes(TEXT)).toBe(false);

  const intake = openIntake(services);
  cleanUps.push(() => intake.stop());
  work(services);
  await until('both are delivered', async () => (await countOf(services, 'delivered')) === 2);
  expect(agent.bodies).toEqual([body(1), body(2)]);
});
