import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startControl, type Control } from '../../app/sandbox/control/control.ts';
import type { SandboxState } from '../../app/sandbox/control/control-api.ts';
import { createOutageScript } from '../../app/sandbox/demo/outage-script.ts';
import { manualClock } from './manual-clock.ts';

let chatwoot: Chatwoot;
let agent: AgentService;
let control: Control;

beforeEach(async () => {
  chatwoot = await startChatwoot();
  agent = await startAgent();
  control = await startControl({ chatwoot, agent, script: createOutageScript(agent, manualClock()) });
});
afterEach(async () => {
  await control.stop();
  await chatwoot.stop();
  await agent.stop();
});

async function call(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') {
  const response = await fetch(control.url + path, {
    method,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const type = response.headers.get('content-type');
  return { status: response.status, type, body: (await response.json()) as SandboxState };
}

test('tells the state of everything', async () => {
  const { status, body } = await call('/state');
  expect(status).toBe(200);
  expect(body).toEqual({
    agent: {
      mode: 'ok',
      status: null,
      retryAfter: null,
      latencyMs: 0,
      health: 'Works',
      received: 0,
      distinct: 0,
      duplicates: 0,
      refused: 0,
      drafts: 0,
    },
    chatwoot: {
      mode: 'ok',
      services: 'ok',
      conversationsPerMinute: 40,
      trafficRunning: false,
      sent: 0,
      acknowledged: 0,
      failed: 0,
      webhooks: 'sent',
      workers: 'running',
      waiting: 0,
      lastFailure: null,
    },
    script: {
      running: false,
      step: null,
      label: '',
      stepNumber: 0,
      steps: 4,
      secondsLeft: 0,
      totalSecondsLeft: 0,
    },
  });
});

test('steers the Agent service', async () => {
  const { body } = await call('/agent', { mode: 'status', status: 429, retryAfter: 9 });
  expect(body.agent).toMatchObject({ mode: 'status', status: 429, retryAfter: 9 });
  const response = await fetch(`${agent.url}/webhooks/chatwoot`, { method: 'POST', body: '{}' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '9']);
  expect((await call('/agent', { mode: 'down' })).body.agent.health).toContain('refused');
  await expect(fetch(`${agent.url}/health`)).rejects.toThrow();
  await call('/agent', { mode: 'ok', latencyMs: 5 });
  expect((await fetch(`${agent.url}/health`)).status).toBe(200);
});

test('steers Chatwoot and its traffic', async () => {
  const { body } = await call('/chatwoot', { conversationsPerMinute: 1 });
  expect(body.chatwoot).toMatchObject({ conversationsPerMinute: 1, trafficRunning: true });
  await call('/chatwoot', { emit: 3 });
  expect(chatwoot.store.conversations.size).toBeGreaterThan(0);
  await call('/chatwoot', { services: 'data_failing' });
  expect(await (await fetch(`${chatwoot.url}/api`)).json()).toMatchObject({
    queue_services: 'ok',
    data_services: 'failing',
  });
  await call('/chatwoot', { mode: 'status', status: 500 });
  expect((await fetch(`${chatwoot.url}/health`)).status).toBe(500);
  expect((await call('/chatwoot', { conversationsPerMinute: 0 })).body.chatwoot.trafficRunning).toBe(false);
});

test("takes Chatwoot's workers, webhooks, clock and version in hand", async () => {
  expect((await call('/chatwoot', { workers: 'stopped', emit: 1 })).body.chatwoot).toMatchObject({
    workers: 'stopped',
    sent: 0,
  });
  const changes = {
    version: '4.2.0',
    clockOffsetSeconds: -600,
    registration: 'removed',
    addressFilter: true,
  };
  expect((await call('/chatwoot', { ...changes, webhookDelayMs: 5, overtaking: true })).status).toBe(200);
  expect(chatwoot.version()).toBe('4.2.0');
  expect(chatwoot.now()).toBeLessThan(Date.now() - 500_000);
  expect([chatwoot.addressFilter(), chatwoot.registrations.hooks()]).toEqual([true, []]);
  expect((await call('/chatwoot', { workers: 'running' })).body.chatwoot.workers).toBe('running');
});

test('starts and stops the script, which a manual change of the Agent service ends', async () => {
  expect((await call('/script', { action: 'start' })).body.script).toMatchObject({
    running: true,
    step: 'healthy',
    totalSecondsLeft: 120,
  });
  expect((await call('/script', { action: 'stop' })).body.script.running).toBe(false);
  await call('/script', { action: 'start' });
  const { body } = await call('/agent', { mode: 'hang' });
  expect(body.script.running).toBe(false);
  expect(body.agent.mode).toBe('hang');
});

test.each([
  ['/agent', { mode: 'sleepy' }, '"mode" must be one of ok, status, hang, reset, down.'],
  ['/agent', { mode: 'status', status: 42 }, '"status" must be a whole number from 200 to 599.'],
  ['/agent', { mode: 'ok', latency: 4 }, 'There is no "latency"'],
  ['/chatwoot', { services: 'broken' }, '"services" must be one of'],
  ['/chatwoot', {}, 'Say at least one of'],
  ['/chatwoot', { emit: 1e9 }, '"emit" must be a whole number from 1 to 1000.'],
  ['/chatwoot', { mode: 'hang' }, '"mode" must be one of'],
  ['/chatwoot', { status: 503 }, 'Say at least one of'],
  ['/chatwoot', { version: 'new' }, '"version" must be a release such as 4.15.1.'],
  ['/chatwoot', { overtaking: 'yes' }, '"overtaking" must be true or false.'],
  ['/script', { action: 'rewind' }, '"action" must be start or stop.'],
  ['/script', '[', 'The body is not a JSON object.'],
])('says what is wrong with a bad command to %s: %j', async (path, command, detail) => {
  const answer = await call(path, command);
  expect(answer).toMatchObject({ status: 400, type: 'application/problem+json' });
  expect(answer.body).toMatchObject({ code: 'bad_command', status: 400 });
  expect((answer.body as unknown as { detail: string }).detail).toContain(detail);
  expect(agent.mode()).toBe('ok');
});

test('knows its paths and methods', async () => {
  expect(await call('/constructor', {})).toMatchObject({ status: 404 });
  expect(await call('/state', {})).toMatchObject({ status: 405 });
  expect(await call('/agent')).toMatchObject({ status: 405, type: 'application/problem+json' });
});
