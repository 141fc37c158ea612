import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  commandSandbox,
  parseSandboxCommand,
  readSandboxState,
  type SandboxCommand,
} from '../../app/features/overview/sandbox.server.ts';
import { action, loader } from '../../app/routes/sandbox.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startControl, type Control } from '../../app/sandbox/control/control.ts';
import { createOutageScript } from '../../app/sandbox/demo/outage-script.ts';
import { manualClock } from '../sandbox/manual-clock.ts';
import { openTestAccess, type TestAccess } from '../support/sign-in.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { serveRoutes } from './route-server.ts';

describe('commands', () => {
  test.each<[string, object | null]>([
    ['command=agent&mode=ok', { path: '/agent', body: { mode: 'ok' } }],
    [
      'command=agent&mode=status&status=422&retryAfter=&latencyMs=',
      { path: '/agent', body: { mode: 'status', status: 422 } },
    ],
    [
      'command=agent&mode=status&status=503&retryAfter=30&evil=1',
      { path: '/agent', body: { mode: 'status', status: 503, retryAfter: 30 } },
    ],
    ['command=agent&mode=explode', null],
    ['command=agent', null],
    ['command=agent&mode=status&status=999', null],
    ['command=agent&mode=status&status=abc', null],
    ['command=chatwoot&conversationsPerMinute=0', { path: '/chatwoot', body: { conversationsPerMinute: 0 } }],
    ['command=chatwoot&workers=stopped', { path: '/chatwoot', body: { workers: 'stopped' } }],
    ['command=chatwoot&workers=asleep', null],
    ['command=chatwoot&emit=20', { path: '/chatwoot', body: { emit: 20 } }],
    ['command=chatwoot&emit=100000', null],
    ['command=chatwoot', null],
    ['command=script&script=start', { path: '/script', body: { action: 'start' } }],
    ['command=script&script=rm', null],
    ['command=state', null],
    ['command=__proto__', null],
    ['', null],
  ])('%s', (form, expected) => {
    expect(parseSandboxCommand(new URLSearchParams(form))).toEqual(expected);
  });
});

describe('the route', () => {
  let services: TestServices;
  let access: TestAccess;
  let cookie: string;
  let chatwoot: Chatwoot;
  let agent: AgentService;
  let control: Control;
  let app: Awaited<ReturnType<typeof serveRoutes>>;

  beforeAll(async () => {
    services = await createTestServices();
    chatwoot = await startChatwoot();
    agent = await startAgent();
    control = await startControl({ chatwoot, agent, script: createOutageScript(agent, manualClock()) });
    access = openTestAccess(services, control.url);
    cookie = await access.signIn('responder');
    app = await serveRoutes({ sandbox: { action, loader } }, access.context);
  });
  afterAll(async () => {
    await app.stop();
    access.stop();
    await control.stop();
    await chatwoot.stop();
    await agent.stop();
    await services.close();
  });
  beforeEach(() => agent.setMode('ok'));

  const post = (form: string, headers: Record<string, string> = {}, to = app.url) =>
    fetch(`${to}/sandbox`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookie, ...headers },
      body: form,
      redirect: 'manual',
    });

  test('passes a form on and goes back to where it came from', async () => {
    const response = await post('command=agent&mode=status&status=503', { Referer: `${app.url}/?range=24h` });
    expect(response.status).toBe(303);
    expect(response.headers.get('Location')).toBe('/?range=24h');
    expect(control.state().agent).toMatchObject({ mode: 'status', status: 503 });
  });

  test('gives the state to whoever asks for JSON', async () => {
    const response = await post('command=chatwoot&conversationsPerMinute=0', { Accept: 'application/json' });
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(control.state())));
    expect(control.state().chatwoot.conversationsPerMinute).toBe(0);
  });

  test('takes nothing from another site, nothing unknown, nothing by GET', async () => {
    const down = 'command=agent&mode=down';
    expect((await post(down, { Origin: 'http://evil.example' })).status).toBe(403);
    expect((await post('command=shutdown')).status).toBe(400);
    expect((await fetch(`${app.url}/sandbox`)).status).toBe(405);
    expect(control.state().agent.mode).toBe('ok');
  });

  test('what the sandbox does not understand is told in its words', async () => {
    const unknown = { path: '/nothing', body: {} } as unknown as SandboxCommand;
    expect(await commandSandbox(control.url, unknown)).toMatchObject({ outcome: 'refused', status: 404 });
  });

  test('without a sandbox there is nothing here', async () => {
    const bare = await serveRoutes(
      { sandbox: { action, loader } },
      { ...access.context, sandboxUrl: undefined },
    );
    const response = await post('command=agent&mode=ok', {}, bare.url);
    expect(response.status).toBe(404);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    await bare.stop();
    expect(await readSandboxState(undefined)).toBeNull();
  });

  test('a sandbox that has gone is said to have gone', async () => {
    const gone = await serveRoutes(
      { sandbox: { action, loader } },
      { ...access.context, sandboxUrl: 'http://127.0.0.1:9' },
    );
    expect((await post('command=agent&mode=ok', {}, gone.url)).status).toBe(502);
    await gone.stop();
    expect(await readSandboxState('http://127.0.0.1:9')).toBeNull();
  });

  test('reads the state', async () => {
    expect(await readSandboxState(control.url)).toEqual(control.state());
  });
});
