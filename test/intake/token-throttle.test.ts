import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tokenCaller } from '../../app/features/intake/webhook-gate.server.ts';
import { parseConfig } from '../../app/lib/settings/config.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

let services: TestServices;
let app: AppProcess;
const TOKEN = 'a-token-of-some-length';
const SECRET = 'a secret between the two';

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    CHATWOOT_WEBHOOK_TOKEN: TOKEN,
    CHATWOOT_WEBHOOK_SECRET: SECRET,
  });
  await app.ready();
});
afterAll(async () => {
  await app.kill('SIGTERM');
  await services.close();
});

let id = 0;
async function post(token: string, forwarded: string, sign = false) {
  const body = JSON.stringify({ event: 'message_created', id: (id += 1) });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
  const response = await fetch(`${app.url}/api/webhooks/chatwoot?token=${token}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Forwarded-For': forwarded,
      ...(sign && {
        'X-Chatwoot-Timestamp': timestamp,
        'X-Chatwoot-Signature': `sha256=${signature}`,
      }),
    },
    body,
  });
  await response.body?.cancel();
  return { status: response.status, retryAfter: response.headers.get('Retry-After') };
}

test('guessing the token is slowed down, for the one who guesses, and signatures count all the same', async () => {
  await until(
    'the app knows what it was told',
    async () => (await post('guess', '203.0.113.9')).status === 401,
  );
  const guesses = [];
  for (let i = 0; i < 22; i += 1) guesses.push((await post(`guess-${i}`, '203.0.113.1')).status);
  expect(guesses).toEqual([...Array<number>(20).fill(401), 429, 429]);
  expect(await post(TOKEN, '203.0.113.1')).toEqual({ status: 429, retryAfter: '60' });
  expect((await post('guess', '203.0.113.1', true)).status).toBe(200);
  // Chatwoot behind the same proxy is somebody else.
  expect((await post(TOKEN, '203.0.113.2')).status).toBe(200);
});

test('whoever had the right one is not shut out by wrong ones from the same address', async () => {
  expect((await post(TOKEN, '203.0.113.3')).status).toBe(200);
  for (let i = 0; i < 30; i += 1) await post(`guess-${i}`, '203.0.113.3');
  expect((await post(TOKEN, '203.0.113.3')).status).toBe(200);
});

test('callers are told apart as far as proxies are trusted', () => {
  expect(tokenCaller('10.0.0.1', '1.1.1.1, 2.2.2.2', 1)).toBe('2.2.2.2');
  expect(tokenCaller('10.0.0.1', '1.1.1.1, 2.2.2.2', 2)).toBe('1.1.1.1');
  expect(tokenCaller('10.0.0.1', undefined, 1)).toBe('10.0.0.1');
  expect(tokenCaller('10.0.0.1', 'x, 2.2.2.2', 0)).toBe(tokenCaller('10.0.0.1', 'y, 2.2.2.2', 0));
});

test('a short token is refused at the start, in a sentence', () => {
  const parsed = parseConfig({ CHATWOOT_WEBHOOK_TOKEN: 'short' });
  expect(parsed).toMatchObject({ ok: false });
  expect(!parsed.ok && parsed.problems.join()).toMatch(/CHATWOOT_WEBHOOK_TOKEN is too short.*at least 16/);
});
