import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort, runInBackground, runToEnd, startApp } from '../support/app-process.ts';
import { createTestDatabase } from '../support/database.ts';
import { signInAs } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

test('refuses to start half configured, and names everything that is wrong at once', async () => {
  const { code, output } = await runToEnd(['app/server/main.ts'], {
    AGENT_SDK_URL: 'not a url',
    CHATWOOT_BASE_URL: 'https://chatwoot.example.com',
    PORT: 'eighty',
    WEBHOOK_CONCURRENCY: '0',
  });
  expect(code).toBe(78);
  for (const name of [
    'AGENT_SDK_URL',
    'CHATWOOT_ACCOUNT_ID',
    'CHATWOOT_API_TOKEN',
    'PORT',
    'WEBHOOK_CONCURRENCY',
  ]) {
    expect(output).toContain(name);
  }
  expect(output).not.toMatch(/\n\s+at /);
});

test.each([
  [
    'only the address of Chatwoot',
    { CHATWOOT_BASE_URL: 'https://chatwoot.example.com' },
    'CHATWOOT_API_TOKEN',
  ],
  [
    'a token without an account',
    {
      AGENT_SDK_URL: 'https://agent.example.com',
      CHATWOOT_BASE_URL: 'https://chatwoot.example.com',
      CHATWOOT_API_TOKEN: 'tok-en',
    },
    'CHATWOOT_ACCOUNT_ID',
  ],
  ['a malformed address', { DATABASE_URL: 'mysql://u:LEAK@db/x' }, 'DATABASE_URL'],
])('half configured (%s), terminal and page say what to do', async (_what, env, name) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const app = runInBackground(['app/server/main.ts'], { ...env, PORT: String(port) });
  try {
    await until('the terminal says where the page is', () => app.output().includes(url), 30_000);
    expect(app.output()).toMatch(new RegExp(`Outage Center cannot start:[^]*- ${name} `));
    const page = await fetch(url, { headers: { Accept: 'text/html' } });
    expect(page.status).toBe(503);
    const text = await page.text();
    expect(text).toContain('Outage Center is not set up yet');
    expect(text).toMatch(new RegExp(`<li>${name} `));
    expect(text).not.toMatch(/LEAK|tok-en/);
    const webhook = await fetch(`${url}/api/webhooks/chatwoot`, { method: 'POST', body: '{}' });
    expect([webhook.status, webhook.headers.get('content-type')]).toEqual([503, 'application/problem+json']);
    expect(await webhook.json()).toMatchObject({ code: 'not_configured' });
  } finally {
    expect(await app.kill('SIGTERM')).toBe(78);
  }
});

test('a worker, which serves no pages, tells how it is on METRICS_PORT, and nothing else', async () => {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-start-'));
  const port = await freePort();
  const env = {
    ROLE: 'worker',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    METRICS_PORT: String(port),
    METRICS_ALLOW_LOOPBACK: 'true',
  };
  const url = `http://127.0.0.1:${port}`;
  const worker = runInBackground(['app/server/main.ts'], env);
  try {
    await until(
      'the worker is ready',
      async () => worker.ended() || (await fetch(`${url}/readyz`)).status === 200,
      60_000,
    );
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\n');
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('outage_center_database_up 1');
    expect(metrics).toMatch(/outage_center_loop_age_seconds\{loop="clock"\} \d/);
    expect((await fetch(url)).status).toBe(404);
    const second = await runToEnd(['app/server/main.ts'], env);
    expect(second.code).toBe(1);
    expect(second.output).toContain(`port ${port} is in use: set METRICS_PORT to a free one`);
  } finally {
    await worker.kill('SIGTERM');
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('starts with none of the connection, says so on the page, and takes webhooks', async () => {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-start-'));
  const app = await startApp({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    METRICS_ALLOW_LOOPBACK: 'true',
  });
  try {
    await app.ready();
    const cookie = await signInAs(app.url, database.url, 'viewer');
    const page = await (await fetch(app.url, { headers: { Cookie: cookie } })).text();
    expect(page).toContain('CHATWOOT_BASE_URL');
    expect(page).toContain('ops:connect-chatwoot');
    const answer = await fetch(`${app.url}/api/webhooks/chatwoot`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"event":"message_created","id":1}',
    });
    expect(answer.status).toBe(200);
    const metrics = await until('the metrics know it', async () => {
      const text = await (await fetch(`${app.url}/metrics`)).text();
      return text.includes('outage_center_webhooks_received_total{result="accepted"} 1') ? text : null;
    });
    expect(metrics).toContain('outage_center_queue_events{state="pending"} 1');
    expect(metrics).toContain('outage_center_quarantined_events 0');
    expect(metrics).toContain('outage_center_database_up 1');
    expect(metrics).toMatch(/outage_center_database_connections\{pool="work",state="idle"\} \d/);
    expect(metrics).toMatch(/outage_center_loop_age_seconds\{loop="clock"\} \d/);
    expect(metrics).toMatch(/outage_center_disk_free_bytes\{folder="data"\} [1-9]/);
    expect(metrics).toContain('outage_center_incidents_open{severity="P0"} 0');
    expect(metrics).toMatch(/outage_center_build_info\{version="\d+\.\d+\.\d+"\} 1/);
    const ready = await fetch(`${app.url}/readyz`);
    expect(ready.headers.get('content-type')).toContain('application/health+json');
    expect(await ready.json()).toMatchObject({ status: 'pass' });
    expect(await (await fetch(`${app.url}/healthz`)).text()).toBe('ok\n');
  } finally {
    await app.kill('SIGTERM');
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('while the database is away it is not ready, and webhooks are taken all the same', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-start-'));
  const app = await startApp({
    DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:9/none',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
  });
  try {
    await until('it answers', async () => (await fetch(`${app.url}/healthz`)).ok);
    expect((await fetch(`${app.url}/readyz`)).status).toBe(503);
    const answer = await fetch(`${app.url}/api/webhooks/chatwoot`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"event":"message_created","id":1}',
    });
    expect(answer.status).toBe(200);
    const page = await fetch(app.url, { headers: { Accept: 'text/html' } });
    expect(await page.text()).toMatch(/database/i);
  } finally {
    await app.kill('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  }
});
