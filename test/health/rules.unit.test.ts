import { describe, expect, test } from 'vitest';
import { decideNextTick } from '../../app/features/health/decide-next-tick.ts';
import { evaluateHealth, type ComponentRecord } from '../../app/features/health/evaluate-health.ts';
import {
  judgeAccount,
  judgeAgent,
  judgeApi,
  judgeIntake,
  judgeLive,
  judgeProfile,
  judgeStatus,
  judgeTarget,
  type Answer,
} from '../../app/features/health/probes/judge-answer.ts';
import { isStale } from '../../app/features/alerts/rule-reading.ts';
import {
  classOfError,
  classOfStatus,
  planProbes,
  type ProbeResult,
} from '../../app/features/health/probes/probe.ts';
import { isLoopback, shownTarget } from '../../app/features/health/probes/run-probe.server.ts';
import { parseConfig } from '../../app/lib/settings/config.ts';

const NOW = new Date('2026-03-02T05:12:07Z');

function result(probe: string, more: Partial<ProbeResult> = {}): ProbeResult {
  return {
    probe,
    component: probe.split('.')[0]!,
    outcome: 'ok',
    status: 200,
    errorClass: null,
    detail: '200 in 84 ms at /health',
    target: `https://${probe.split('.')[0]!}.example.com`,
    latencyMs: 84,
    dnsMs: 1,
    tcpMs: 1,
    tlsMs: 1,
    network: { reached: true, loopback: false },
    ...more,
  };
}
const answered = (probe: string, status: number) =>
  result(probe, { outcome: 'failed', status, errorClass: 'http_5xx' });
const silent = (probe: string, loopback = false) =>
  result(probe, {
    outcome: 'failed',
    status: null,
    errorClass: 'timeout',
    network: { reached: false, loopback },
  });
const refusedToken = result('chatwoot.auth', { outcome: 'failed', status: 401, errorClass: 'token_refused' });
const database = (outcome: 'ok' | 'failed' = 'ok') => result('database', { outcome, network: null });

function states(results: ProbeResult[], previous: ComponentRecord[] = []) {
  const plans = results.map(({ component }) => ({ component, label: component }));
  const { components } = evaluateHealth(plans, results, previous, NOW);
  return Object.fromEntries(components.map(({ name, state }) => [name, state]));
}

describe('what a tick says of the components', () => {
  test.each<[string, ProbeResult[], Record<string, string>]>([
    [
      'all is well',
      [result('chatwoot.live'), result('chatwoot.api'), database()],
      { chatwoot: 'up', database: 'up' },
    ],
    [
      'one of its probes fails',
      [result('chatwoot.live'), answered('chatwoot.api', 200)],
      { chatwoot: 'down' },
    ],
    ['a refused token alone', [result('chatwoot.live'), refusedToken], { chatwoot: 'degraded' }],
    ['a refused token and worse', [answered('chatwoot.live', 503), refusedToken], { chatwoot: 'down' }],
    ['silence of one', [silent('chatwoot.live'), result('agent')], { chatwoot: 'down', agent: 'up' }],
    [
      'silence of all',
      [silent('chatwoot.live'), silent('agent'), database()],
      { chatwoot: 'inconclusive', agent: 'inconclusive', database: 'up' },
    ],
    [
      'an error answer is an answer',
      [silent('chatwoot.live'), answered('agent', 503)],
      { chatwoot: 'down', agent: 'down' },
    ],
    [
      'connected, then silence: the network works',
      [{ ...silent('chatwoot.live'), network: { reached: true, loopback: false } }, silent('agent')],
      { chatwoot: 'down', agent: 'down' },
    ],
    [
      'one target is no witness',
      [silent('chatwoot.live'), silent('chatwoot.api'), database()],
      { chatwoot: 'down', database: 'up' },
    ],
    [
      'this machine itself proves nothing of the network',
      [
        silent('chatwoot.live'),
        silent('agent'),
        result('intake', { network: { reached: true, loopback: true } }),
      ],
      { chatwoot: 'inconclusive', agent: 'inconclusive', intake: 'up' },
    ],
    [
      'what fails on this machine fails, whatever the network does',
      [silent('chatwoot.live'), silent('agent'), silent('smtp', true)],
      { chatwoot: 'inconclusive', agent: 'inconclusive', smtp: 'down' },
    ],
    [
      'all on this machine, as in a sandbox',
      [silent('chatwoot.live', true), silent('agent', true)],
      { chatwoot: 'inconclusive', agent: 'inconclusive' },
    ],
    ['the database alone', [database('failed')], { database: 'down' }],
  ])('%s', (_name, results, expected) => {
    expect(states(results)).toEqual(expected);
  });

  test('counts failures in a row; inconclusive neither counts nor ends them', () => {
    const other = result('agent');
    const rounds: [ProbeResult, ProbeResult][] = [
      [answered('chatwoot.live', 503), other],
      [silent('chatwoot.live'), silent('agent')],
      [answered('chatwoot.live', 503), other],
      [result('chatwoot.live'), other],
      [silent('chatwoot.live'), silent('agent')],
      [result('chatwoot.live'), other],
      [answered('chatwoot.live', 503), other],
    ];
    let records: ComponentRecord[] = [];
    const seen = rounds.map((results, minute) => {
      const now = new Date(NOW.getTime() + minute * 60_000);
      const plans = results.map(({ component }) => ({ component, label: component }));
      records = evaluateHealth(plans, results, records, now).components;
      const { state, failures, successes, firstFailedAt, lastOkAt, since } = records[0]!;
      const minutes = (at: Date | null) => at && (at.getTime() - NOW.getTime()) / 60_000;
      return [state, failures, successes, minutes(firstFailedAt), minutes(lastOkAt), minutes(since)];
    });
    expect(seen).toEqual([
      ['down', 1, 0, 0, null, 0],
      ['inconclusive', 1, 0, 0, null, 1],
      ['down', 2, 0, 0, null, 2],
      ['up', 0, 1, null, 3, 3],
      ['inconclusive', 0, 1, null, 3, 4],
      ['up', 0, 2, null, 5, 5],
      ['down', 1, 0, 6, 5, 6],
    ]);
  });

  test('tells of the probe that failed, and marks results that are inconclusive', () => {
    const results = [
      result('chatwoot.live'),
      { ...answered('chatwoot.api', 500), detail: '500 in 9 ms at /api' },
    ];
    const { components } = evaluateHealth([{ component: 'chatwoot', label: 'Chatwoot' }], results, [], NOW);
    expect(components[0]).toMatchObject({
      label: 'Chatwoot',
      detail: '500 in 9 ms at /api',
      status: 500,
      latencyMs: null,
    });
    const gone = evaluateHealth(
      [
        { component: 'chatwoot', label: 'Chatwoot' },
        { component: 'agent', label: 'Agent service' },
      ],
      [silent('chatwoot.live'), silent('agent')],
      [],
      NOW,
    );
    expect(gone.results.map(({ outcome }) => outcome)).toEqual(['inconclusive', 'inconclusive']);
    expect(gone.components[0]!.detail).toContain('this app cannot reach anything');
  });
});

describe('the next tick', () => {
  const settings = { intervalMs: 300_000, confirmMs: 30_000, recoveryChecks: 3, speed: 1 };
  const up = { state: 'up' as const, successes: 3 };
  test.each([
    ['all surely up', [up, up], {}, 300_000],
    ['one down', [up, { state: 'down' as const, successes: 0 }], {}, 30_000],
    ['one back, not yet surely', [up, { state: 'up' as const, successes: 2 }], {}, 30_000],
    ['one degraded', [{ state: 'degraded' as const, successes: 0 }], {}, 30_000],
    ['inconclusive', [{ state: 'inconclusive' as const, successes: 9 }], {}, 30_000],
    ['nothing to look at', [], {}, 300_000],
    [
      'checked more often than confirmed',
      [{ state: 'down' as const, successes: 0 }],
      { intervalMs: 2000 },
      2000,
    ],
    ['in a drill', [up], { speed: 60 }, 5000],
    ['in a drill, down', [{ state: 'down' as const, successes: 0 }], { speed: 60 }, 500],
  ])('%s', (_name, components, more, expected) => {
    expect(decideNextTick(components, { ...settings, ...more }, NOW).getTime() - NOW.getTime()).toBe(
      expected,
    );
  });
});

describe('answers', () => {
  const answer = (status: number, body = '', more: Partial<Answer> = {}): Answer => ({
    status,
    body,
    path: '/health',
    latencyMs: 84,
    redirectsTo: null,
    ...more,
  });
  const api = (queue: unknown, data: unknown) =>
    JSON.stringify({ version: '4.15.1', timestamp: 'x', queue_services: queue, data_services: data });

  test.each([
    [200, true, null],
    [204, true, null],
    [301, false, 'http_3xx'],
    [404, false, 'http_4xx'],
    [500, false, 'http_5xx'],
    [503, false, 'http_5xx'],
  ])('status %i', (status, ok, errorClass) => {
    expect(judgeStatus(answer(status))).toMatchObject({
      ok,
      errorClass,
      detail: `${status} in 84 ms at /health`,
    });
    expect(judgeTarget(answer(status)).ok).toBe(status < 400);
    if (!ok) expect(classOfStatus(status)).toBe(errorClass);
  });

  test('a redirect says where to', () => {
    expect(judgeStatus(answer(301, '', { redirectsTo: 'https://c.example.com' })).detail).toContain(
      'https://c.example.com',
    );
  });

  test.each([
    ['both ok', 200, api('ok', 'ok'), true, null, 'queue ok, data ok'],
    ['queue failing', 200, api('failing', 'ok'), false, 'services_failing', 'its queue (Redis) fails'],
    ['data failing', 200, api('ok', 'failing'), false, 'data_failing', 'its database fails'],
    [
      'both failing',
      200,
      api('failing', 'failing'),
      false,
      'services_failing',
      'queue (Redis) and its database fail',
    ],
    ['an older one that does not say', 200, '{"version":"2.0.0"}', true, null, 'not said'],
    ['another service', 200, '{"hello":1}', false, 'not_chatwoot', 'not a Chatwoot'],
    ['a page', 200, '<html>', false, 'not_chatwoot', 'not a Chatwoot'],
    ['null', 200, 'null', false, 'not_chatwoot', 'not a Chatwoot'],
    ['no answer worth reading', 502, api('ok', 'ok'), false, 'http_5xx', '502'],
  ])('/api: %s', (_name, status, body, ok, errorClass, words) => {
    const verdict = judgeApi(answer(status, body));
    expect(verdict).toMatchObject({ ok, errorClass });
    expect(verdict.detail).toContain(words);
  });

  test.each([
    [200, '{"id":1,"accounts":[]}', true, null],
    [200, '{"id":1}', false, 'not_chatwoot'],
    [200, '<html>', false, 'not_chatwoot'],
    [401, '{}', false, 'token_refused'],
    [403, '', false, 'token_refused'],
    [404, '', false, 'http_4xx'],
    [500, '', false, 'http_5xx'],
  ])('/api/v1/profile: %i %s', (status, body, ok, errorClass) => {
    expect(judgeProfile(answer(status, body))).toMatchObject({ ok, errorClass });
  });

  test.each([
    [405, '{"type":"urn:outage-center:problem:method_not_allowed"}', true, null],
    [405, '{"type":"about:blank"}', false, 'not_ours'],
    [405, '', false, 'not_ours'],
    [200, 'Welcome', false, 'not_ours'],
    [404, '', false, 'not_ours'],
    [502, '', false, 'http_5xx'],
  ])('our own endpoint: %i %s', (status, body, ok, errorClass) => {
    expect(judgeIntake(answer(status, body))).toMatchObject({ ok, errorClass });
  });
});

describe('addresses', () => {
  test.each([
    ['https://me:secret@c.example.com:8443/health?token=x#y', 'https://c.example.com:8443/health'],
    ['smtps://user:p%40ss@smtp.example.com:465', 'smtps://smtp.example.com:465'],
    ['tcp://redis.example.com:6379', 'tcp://redis.example.com:6379'],
    ['https://c.example.com/', 'https://c.example.com'],
    ['PostgreSQL', 'PostgreSQL'],
  ])('%s is shown as %s', (url, shown) => expect(shownTarget(url)).toBe(shown));

  test.each([
    ['http://127.0.0.1:3000', true],
    ['http://localhost/', true],
    ['http://app.localhost/', true],
    ['http://[::1]:80', true],
    ['https://127.example.com', false],
    ['https://10.0.0.1', false],
    ['PostgreSQL', false],
  ])('%s on this machine: %s', (url, expected) => expect(isLoopback(url)).toBe(expected));
});

test.each([
  [{ code: 'ENOTFOUND' }, 'dns'],
  [{ code: 'EAI_AGAIN' }, 'dns'],
  [{ code: 'ECONNREFUSED' }, 'refused'],
  [{ code: 'ENETUNREACH' }, 'refused'],
  [{ errors: [{ code: 'ECONNREFUSED' }, { code: 'ENETUNREACH' }] }, 'refused'],
  [{ code: 'CERT_HAS_EXPIRED' }, 'tls'],
  [{ code: 'ETIMEDOUT' }, 'timeout'],
  [new DOMException('', 'TimeoutError'), 'timeout'],
  [{ code: 'ECONNRESET' }, 'reset'],
  [new Error('whatever'), 'reset'],
])('error %j is %s', (error, expected) => expect(classOfError(error)).toBe(expected));

test('stale after two intervals and the time that a check may take', () => {
  const settings = { HEALTH_CHECK_INTERVAL: 300_000, HEALTH_TIMEOUT: 10_000 };
  expect(isStale(new Date(NOW.getTime() - 620_000), settings, NOW)).toBe(false);
  expect(isStale(new Date(NOW.getTime() - 620_001), settings, NOW)).toBe(true);
});

test('what is configured is probed, once each', () => {
  const plan = (env: Record<string, string>) => {
    const parsed = parseConfig(env);
    if (!parsed.ok) throw new Error(parsed.problems.join());
    return planProbes(parsed.config).map(({ probe }) => probe);
  };
  expect(plan({})).toEqual(['database']);
  expect(
    plan({
      CHATWOOT_BASE_URL: 'https://c.example.com/',
      CHATWOOT_ACCOUNT_ID: '1',
      CHATWOOT_API_TOKEN: 'x',
      AGENT_SDK_URL: 'https://a.example.com',
      APP_URL: 'https://o.example.com',
      SMTP_URL: 'smtp://mail.example.com',
      SMTP_FROM: 'outage@example.com',
      HEALTH_TARGETS:
        'Redis=tcp://r.example.com:6379, Files=https://f.example.com/x, Redis=tcp://other.example.com:1',
    }),
  ).toEqual([
    'chatwoot.live',
    'chatwoot.api',
    'chatwoot.auth',
    'agent',
    'intake',
    'database',
    'smtp',
    'target:Redis',
    'target:Files',
  ]);
});

describe('no false alarm, and everything named for what it is', () => {
  const answer = (body: unknown, more: Partial<Answer> = {}): Answer => ({
    status: 200,
    path: '/x',
    latencyMs: 84,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    redirectsTo: null,
    ...more,
  });
  const page = '<!DOCTYPE html><html><body>Welcome to nginx</body></html>';
  const idle = judgeApi(answer({ version: '4.15.1', queue_services: 'ok', data_services: 'failing' }));
  const api = result('chatwoot.api', { ...idle, outcome: 'failed' });

  test('an idle connection to the database is none while the profile is read from it', () => {
    expect(idle).toMatchObject({ ok: false, errorClass: 'data_failing' });
    expect(states([result('chatwoot.live'), api, result('chatwoot.auth')])).toEqual({ chatwoot: 'up' });
    const { results } = evaluateHealth(
      [{ component: 'chatwoot', label: 'Chatwoot' }],
      [api, result('chatwoot.auth')],
      [],
      NOW,
    );
    expect(results[0]!.detail).toContain('it does not: the profile was read from it');
  });

  test('with the calls that read it failing too it is an outage at once; so is a queue that fails', () => {
    expect(states([result('chatwoot.live'), api, answered('chatwoot.auth', 500)])).toEqual({
      chatwoot: 'down',
    });
    const queue = judgeApi(answer({ version: '4.15.1', queue_services: 'failing', data_services: 'ok' }));
    expect(queue.errorClass).toBe('services_failing');
    expect(
      states([result('chatwoot.api', { ...queue, outcome: 'failed' }), result('chatwoot.auth')]),
    ).toEqual({
      chatwoot: 'down',
    });
  });

  const profile = { id: 1, accounts: [{ id: 2, status: 'active' }] };
  const accountOf = (status: number, body: unknown = {}) =>
    judgeAccount(answer(body, { status }), judgeProfile(answer(profile), '2'));
  test.each([
    ['200 with another body at /health', judgeLive(answer(page, { path: '/health' })), 'not_chatwoot'],
    ['200 with another body at /profile', judgeProfile(answer({ hello: 1 }), '2'), 'not_chatwoot'],
    ['throttled', judgeProfile(answer('Retry later', { status: 429 }), '2'), 'throttled'],
    ['a plan without API', accountOf(403), 'plan_without_api'],
    [
      'a suspended account that is told so',
      judgeProfile(answer({ accounts: [{ id: 2, status: 'suspended' }] }), '2'),
      'account_suspended',
    ],
    ['a suspended account that is refused', accountOf(401), 'account_suspended'],
    [
      "an account that is not the user's",
      judgeProfile(answer({ accounts: [{ id: 3 }] }), '2'),
      'account_unknown',
    ],
    [
      'an account whose number cannot be made text',
      judgeProfile(answer({ accounts: [{ id: { toString: 1 } }] }), '2'),
      'account_unknown',
    ],
    ['a web page at the Agent service', judgeAgent(answer(page)), 'not_agent'],
  ] as const)('%s', (_name, verdict, errorClass) => {
    expect(verdict).toMatchObject({ ok: false, errorClass });
  });

  test('what is refused to us alone is no outage of Chatwoot', () => {
    for (const errorClass of [
      'throttled',
      'plan_without_api',
      'account_suspended',
      'account_unknown',
    ] as const)
      expect(
        states([result('chatwoot.live'), result('chatwoot.auth', { outcome: 'failed', errorClass })]),
      ).toEqual({
        chatwoot: 'degraded',
      });
  });

  test('what is well stays well', () => {
    expect(judgeLive(answer({ status: 'woot' }, { path: '/health' })).ok).toBe(true);
    expect(judgeProfile(answer(profile), '2').ok).toBe(true);
    expect(accountOf(200, { payload: [] }).ok).toBe(true);
    expect(judgeAgent(answer({ status: 'ok' })).ok).toBe(true);
    expect(judgeAgent(answer('OK')).ok).toBe(true);
  });
});
