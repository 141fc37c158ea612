import { describe, expect, test } from 'vitest';
import { nextMove, publicTextVerdict, spanText } from '../../app/components/settings/drill/drill-words.ts';
import { drillWishes } from '../../app/features/drill/request-drill.server.ts';
import type { DrillDetail, DrillProgress, DrillSummary } from '../../app/features/drill/drill-view.ts';
import { compareWith, durationsOf } from '../../app/features/drill/durations.ts';
import { breakageAt } from '../../app/features/drill/scenarios.ts';
import { worldConfig } from '../../app/features/drill/world.server.ts';
import { parseConfig } from '../../app/lib/settings/config.ts';

const at = (seconds: number) => new Date(Date.parse('2026-03-02T05:00:00Z') + seconds * 1000).toISOString();

function drill(more: Partial<DrillDetail> = {}): DrillDetail {
  return {
    id: 7,
    scenario: 'chatwoot_down',
    speed: 10,
    notify: 'simulated',
    repairAfter: null,
    state: 'running',
    requestedAt: at(-10),
    requestedBy: 'Mara',
    brokenAt: at(0),
    detectedAt: null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    publishedAt: null,
    publishedBy: null,
    fallbackAt: null,
    fallbackBy: null,
    repairedAt: null,
    repairedBy: null,
    recoveredAt: null,
    endedAt: null,
    endedBy: null,
    endReason: null,
    progress: null,
    acts: [],
    ...more,
  };
}

const READ: DrillProgress = {
  at: at(0),
  components: [],
  incidents: [],
  fallback: 'off',
  deliveries: { delivered: 0, waiting: 0, dead: 0 },
};

describe('durations', () => {
  test('by the drill’s clock, from the beginning of the outage; what did not happen is not 0', () => {
    expect(
      durationsOf(drill({ detectedAt: at(33), acknowledgedAt: at(40.5), recoveredAt: at(120) })),
    ).toEqual({
      detection: 330_000,
      acknowledgement: 405_000,
      publicText: null,
      fallback: null,
      recovery: 1_200_000,
    });
    expect(durationsOf(drill({ brokenAt: null, detectedAt: at(1) })).detection).toBeNull();
  });

  const done = (id: number, seconds: number | null, more: Partial<DrillSummary> = {}) =>
    drill({ id, state: 'done', acknowledgedAt: seconds === null ? null : at(seconds), ...more });

  test('compared with the median of earlier ones of the same kind and speed that were carried through', () => {
    const others = [
      done(1, 30),
      done(2, 50),
      done(3, 90),
      done(4, null),
      done(5, 1, { state: 'aborted' }),
      done(6, 1, { speed: 60 }),
      done(8, 1),
      done(9, 1, { scenario: 'slow' }),
    ];
    expect(compareWith(done(7, 40), others, 'acknowledgement')).toEqual({
      of: 3,
      median: 500_000,
      differenceMs: -100_000,
    });
    expect(compareWith(done(3, 90), others, 'acknowledgement')).toMatchObject({ of: 2, median: 400_000 });
    expect(compareWith(done(1, 30), others, 'acknowledgement')).toBeNull();
    expect(compareWith(done(7, null), others, 'acknowledgement')).toBeNull();
  });

  test.each([
    [999, '1 s'],
    [59_000, '59 s'],
    [60_000, '1 min'],
    [338_460, '5 min 38 s'],
    [3_599_700, '1 h'],
    [3_840_000, '1 h 4 min'],
  ])('%d ms in words: %s', (ms, words) => {
    expect(spanText(ms)).toBe(words);
  });
});

describe('the first text for customers', () => {
  const ready = (more: Partial<DrillDetail> = {}) =>
    drill({ detectedAt: at(30), progress: { ...READ, publicText: { title: 'T', text: 'x' } }, ...more });
  const verdict = (more: Partial<DrillDetail>, seconds = 40) =>
    publicTextVerdict(ready(more), Date.parse(at(seconds)));

  test.each<[Partial<DrillDetail>, string, RegExp]>([
    // Two minutes by our clock, whatever the drill's.
    [
      { publishedAt: at(150), publishedBy: 'Mara' },
      'good',
      /^Mara published .* 2 min after the deciding check/,
    ],
    [{ publishedAt: at(150.001), publishedBy: 'Mara', speed: 1 }, 'warning', /within 2 min/],
    // The click was taken before the check, and done after it.
    [{ publishedAt: at(29), publishedBy: 'Mara' }, 'good', / 0 s after/],
    [{ endedAt: at(90), state: 'done' }, 'warning', /told nothing.*press “Publish the ready text”/],
  ])('%o: %s', (more, tone, sentence) => {
    expect(verdict(more)).toMatchObject({ tone, sentence: expect.stringMatching(sentence) as string });
  });

  test('while it goes on: what is left, and then by how much it is late', () => {
    expect(verdict({})).toMatchObject({
      tone: 'info',
      sentence: expect.stringMatching(/^1 min 50 s left/) as string,
    });
    expect(verdict({}, 155)).toMatchObject({
      tone: 'warning',
      sentence: expect.stringMatching(/^It is 5 s later/) as string,
    });
  });

  test('nothing is said where nothing was noticed, nor of drills that did not offer it', () => {
    expect(verdict({ detectedAt: null })).toBeNull();
    expect(verdict({ progress: READ, endedAt: at(90), state: 'done' })).toBeNull();
  });

  test('it is the next move once somebody is on it, and offered once', () => {
    const moves = (more: Partial<DrillDetail>) => nextMove(ready({ acknowledgedAt: at(35), ...more }), 0);
    expect(moves({}).suggested).toBe('publish');
    expect(moves({ repairedAt: at(36) }).possible).toContain('publish');
    expect(moves({ publishedAt: at(40) })).toMatchObject({ suggested: 'fallback_on' });
    expect(moves({ publishedAt: at(40) }).possible).not.toContain('publish');
    expect(moves({ progress: READ }).possible).not.toContain('publish');
  });
});

describe('a scenario', () => {
  test.each([
    [null, {}],
    [0, { chatwoot: { mode: 'status', status: 503 } }],
    [1.99, { chatwoot: { mode: 'status', status: 503 } }],
    [2, {}],
    [2.99, {}],
    [3, { chatwoot: { mode: 'status', status: 503 } }],
  ])('that comes and goes, at minute %s', (minutes, breakage) => {
    expect(breakageAt('flapping', minutes)).toEqual(breakage);
  });

  test('that lasts ends with the repair', () => {
    expect(breakageAt('intake_unreachable', 500)).toEqual({ intake: 'closed' });
    expect(breakageAt('intake_unreachable', null)).toEqual({});
  });
});

describe('the form', () => {
  const wishes = (fields: Record<string, string>) =>
    drillWishes(new URLSearchParams({ scenario: 'slow', speed: '10', notify: 'marked', ...fields }));

  test('understood', () => {
    expect(wishes({ repair_after: '20' })).toEqual({
      scenario: 'slow',
      speed: 10,
      notify: 'marked',
      repairAfter: 20,
    });
    expect(wishes({ repair_after: ' ' })).toMatchObject({ repairAfter: null });
    expect(wishes({ speed: '1' })).not.toBeNull();
    expect(wishes({ speed: '60' })).not.toBeNull();
  });

  test.each<Record<string, string>>([
    { scenario: 'earthquake' },
    { speed: '0.9' },
    { speed: '61' },
    { speed: 'fast' },
    { notify: 'loud' },
    { repair_after: '0' },
    { repair_after: '241' },
    { repair_after: '1.5' },
    { repair_after: 'soon' },
  ])('not understood: %o', (fields) => {
    expect(wishes(fields)).toBeNull();
  });
});

test.each<[Partial<DrillDetail>, string | null, RegExp]>([
  [{}, null, /not noticed it yet/],
  [{ detectedAt: at(1) }, 'acknowledge', /nobody is on it/],
  [{ detectedAt: at(1), acknowledgedAt: at(2) }, 'fallback_on', /customers get an answer/],
  [{ detectedAt: at(1), acknowledgedAt: at(2), fallbackAt: at(3) }, 'repair', /Repair the cause/],
  [
    { detectedAt: at(1), acknowledgedAt: at(2), fallbackAt: at(3), repairAfter: 20 },
    'repair',
    /after 20 drill minutes/,
  ],
  [
    { detectedAt: at(1), acknowledgedAt: at(2), fallbackAt: at(3), repairedAt: at(4) },
    null,
    /Several good checks/,
  ],
  [
    {
      detectedAt: at(1),
      acknowledgedAt: at(2),
      fallbackAt: at(3),
      repairedAt: at(4),
      recoveredAt: at(5),
    },
    'fallback_off',
    /^Recovered/,
  ],
  [{ state: 'aborted', endReason: 'Aborted after 2 hours.' }, null, /^Aborted after 2 hours\.$/],
])('the next move %#', (more, suggested, sentence) => {
  const move = nextMove(drill(more), 0);
  expect(move.suggested).toBe(suggested);
  expect(move.sentence).toMatch(sentence);
});

test('a drill that no worker takes says so', () => {
  expect(nextMove(drill({ state: 'requested' }), 14_000).sentence).toMatch(/within a second/);
  expect(nextMove(drill({ state: 'requested' }), 15_000).sentence).toMatch(/ROLE=worker/);
});

test('the world has the real thresholds and channels, and nothing else that is real', () => {
  const parsed = parseConfig({
    AGENT_SDK_URL: 'https://agent.real',
    AGENT_SDK_WEBHOOK_SECRET: 'whsec_c2l4dGVlbiBieXRlcyBhbmQgbW9yZQ==',
    CHATWOOT_BASE_URL: 'https://chatwoot.real',
    CHATWOOT_ACCOUNT_ID: '1',
    CHATWOOT_API_TOKEN: 'real-token',
    CHATWOOT_WEBHOOK_SECRET: 'real-secret',
    CHATWOOT_WEBHOOK_TOKEN: 'real-webhook-token',
    DATABASE_URL: 'postgresql://me:real@db.real/outage',
    DATA_DIR: '/srv/real',
    HEARTBEAT_URL: 'https://watcher.real/key',
    HEALTH_TARGETS: 'Redis=tcp://redis.real:6379',
    CHATWOOT_STATUS_PAGE_URL: 'https://status.real',
    STATUSPAGE_API_KEY: 'real-key',
    STATUSPAGE_PAGE_ID: 'realpage',
    STATUS_EXPORT_DIR: '/srv/real-status',
    APP_URL: 'https://outage.example.com',
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/x',
    HEALTH_CHECK_INTERVAL: '5s',
    ALERT_HEALTH_FAILURES: '3',
  });
  if (!parsed.ok) throw new Error(parsed.problems.join());
  const config = worldConfig(parsed.config, {
    drillId: 7,
    speed: 60,
    databaseUrl: 'postgresql://me:pw@127.0.0.1/x_drill_7',
    dataDir: '/tmp/drill',
    sandbox: {
      chatwootUrl: 'http://127.0.0.1:1',
      accountId: 2,
      apiToken: 'sandbox-token',
      webhookSecret: 'sandbox-secret',
      agentUrl: 'http://127.0.0.1:2',
      agentSecret: 'whsec_sandbox',
    },
  });
  expect(JSON.stringify(config)).not.toMatch(/real|whsec_c2/);
  expect(config).toMatchObject({
    APP_URL: 'https://outage.example.com/drill/7',
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/x',
    ALERT_HEALTH_FAILURES: 3,
    // Four checks a second and no more; timeouts long enough for a busy machine.
    HEALTH_CHECK_INTERVAL: 15_000,
    HEALTH_TIMEOUT: 1000,
    WEBHOOK_TIMEOUT_MS: 1000,
    CHATWOOT_WEBHOOK_BASE_DELAY_MS: 100,
    BREAKER_COOLDOWN_MAX_MS: 1000,
  });
});
