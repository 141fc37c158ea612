import { describe, expect, test } from 'vitest';
import type {
  ArrivalFigures,
  ComponentFigures,
  RuleFigures,
} from '../../app/features/alerts/rule-reading.ts';
import { NO_ADJUSTMENTS } from '../../app/features/alerts/adjustments.ts';
import { readRules } from '../../app/features/alerts/evaluate-alerts.server.ts';
import { parseConfig } from '../../app/lib/settings/config.ts';

const NOW = new Date('2026-09-22T05:12:07.000Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

const configOf = (env: Record<string, string> = {}) => {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return parsed.config;
};

const component = (changes: Partial<ComponentFigures> = {}): ComponentFigures => ({
  name: 'chatwoot',
  label: 'Chatwoot',
  state: 'up',
  since: ago(3600),
  failures: 0,
  firstFailedAt: null,
  checkedAt: ago(1),
  detail: null,
  ...changes,
});

const ARRIVAL: ArrivalFigures = {
  expected: true,
  provedAt: ago(7200),
  lastWebhookAt: ago(10),
  lookedAt: null,
  newestAt: null,
  failingSince: null,
  problem: null,
  narrowed: false,
  silentSince: null,
  confirmedAt: null,
  missed: { messages: 0, customers: 0 },
  cause: null,
  registration: {
    ok: true,
    fault: null,
    evidence: "Chatwoot's webhook 3 signs with a secret that this app has.",
    nextStep: null,
  },
  registrationAt: ago(100),
  registered: true,
  badSince: null,
  badConfirmed: false,
  delay: null,
  refused: { count: 0, firstAt: null, lastAt: null, acceptedAt: null },
};

const figures = (changes: Partial<RuleFigures> = {}): RuleFigures => ({
  adjustments: NO_ADJUSTMENTS,
  backup: null,
  components: [],
  network: null,
  attempts: { ok: 0, failed: 0, firstFailedAt: null },
  breaker: { state: 'closed', since: ago(86_400), closedAt: null, reason: null },
  deadLetters: 0,
  backlog: { averageResponseSeconds: null, slaBreaches: null, breachesByHand: 0 },
  arrival: ARRIVAL,
  speed: 1,
  ...changes,
});

const reading = (rule: string, changes: Partial<RuleFigures>, env: Record<string, string> = {}) => {
  const found = readRules(figures(changes), configOf(env), NOW).find((one) => one.rule === rule);
  if (!found) throw new Error(`no rule ${rule}`);
  return found;
};

const down = (failures: number, changes: Partial<ComponentFigures> = {}) => ({
  components: [
    component({
      state: 'down',
      failures,
      firstFailedAt: ago(60),
      detail: '503 at /health',
      ...changes,
    }),
  ],
});

describe('failed checks in a row', () => {
  test.each([
    [1, 'unknown'],
    [2, 'firing'],
    [3, 'firing'],
  ] as const)('Chatwoot: %i → %s', (failures, state) => {
    expect(reading('chatwoot_down', down(failures))).toMatchObject({
      state,
      severity: 'P0',
      cause: 'chatwoot',
      value: failures,
      threshold: 2,
    });
  });

  test('the numbers and the rule, in words', () => {
    expect(reading('chatwoot_down', down(2)).words).toBe(
      '2 checks in a row failed since 05:11:07 UTC (503 at /health); the rule fires at 2.',
    );
    expect(reading('chatwoot_down', down(2)).firstBadAt).toEqual(ago(60));
  });

  test('the threshold is configurable', () => {
    const env = { ALERT_HEALTH_FAILURES: '3' };
    expect(reading('chatwoot_down', down(2), env).state).toBe('unknown');
    expect(reading('chatwoot_down', down(3), env).state).toBe('firing');
  });

  test.each([
    ['agent_down', 'agent', 'P1', 'delivery'],
    ['intake_unreachable', 'intake', 'P1', 'intake'],
    ['smtp_down', 'smtp', 'warning', null],
    ['target:Redis', 'target:Redis', 'P2', 'target:Redis'],
  ] as const)('%s', (rule, name, severity, cause) => {
    expect(reading(rule, down(1, { name })).state).toBe('unknown');
    expect(reading(rule, down(2, { name }))).toMatchObject({ state: 'firing', severity, cause });
  });

  test('never checked, inconclusive, or not checked any more: unknown, not good and not bad', () => {
    expect(reading('chatwoot_down', {}).state).toBe('unknown');
    expect(reading('chatwoot_down', down(2, { state: 'inconclusive' })).state).toBe('unknown');
    // Twice the interval of 5 minutes, and twice the 10 s that a check may take.
    expect(reading('chatwoot_down', { components: [component({ checkedAt: ago(620) })] }).state).toBe('ok');
    expect(reading('chatwoot_down', { components: [component({ checkedAt: ago(621) })] }).state).toBe(
      'unknown',
    );
    expect(reading('chatwoot_down', down(2, { checkedAt: ago(621) })).state).toBe('unknown');
  });

  test('a failed check that does not fire yet ends a recovery that had begun; an inconclusive one does not', () => {
    expect(reading('chatwoot_down', down(1)).breaksRecovery).toBe(true);
    expect(reading('chatwoot_down', down(2, { state: 'inconclusive' })).breaksRecovery).toBeUndefined();
  });
});

describe('a refused token', () => {
  const degraded = (since: number, checked: number) => ({
    components: [component({ state: 'degraded', since: ago(since), checkedAt: ago(checked) })],
  });
  test('is a warning at the second check, and no outage', () => {
    expect(reading('chatwoot_token', degraded(1, 1)).state).toBe('unknown');
    expect(reading('chatwoot_token', degraded(31, 1))).toMatchObject({
      state: 'firing',
      severity: 'warning',
      cause: null,
    });
    expect(reading('chatwoot_down', degraded(31, 1)).state).toBe('ok');
  });
  test('is not known while Chatwoot does not answer', () => {
    expect(reading('chatwoot_token', down(2)).state).toBe('unknown');
  });
});

describe('own network', () => {
  test.each([
    [0, 'ok'],
    [1, 'unknown'],
    [2, 'firing'],
  ] as const)('%i inconclusive checks in a row → %s', (inconclusive, state) => {
    const network = { inconclusive, since: ago(60), checkedAt: ago(1) };
    expect(reading('network', { network })).toMatchObject({ state, severity: 'P1', cause: 'network' });
  });
});

describe('success of deliveries', () => {
  const attempts = (ok: number, failed: number) => ({ attempts: { ok, failed, firstFailedAt: ago(300) } });

  test.each([
    [79, 21, 'firing', 'firing'],
    [80, 20, 'ok', 'firing'],
    [81, 19, 'ok', 'firing'],
    [97, 3, 'ok', 'firing'],
    [98, 2, 'ok', 'ok'],
    [99, 1, 'ok', 'ok'],
  ] as const)('%i ok, %i failed: P1 %s, warning %s', (ok, failed, p1, warning) => {
    expect(reading('success_rate', attempts(ok, failed))).toMatchObject({
      state: p1,
      severity: 'P1',
      cause: 'delivery',
    });
    expect(reading('success_warning', attempts(ok, failed))).toMatchObject({
      state: warning,
      severity: 'warning',
      cause: null,
    });
  });

  test('the numbers and the rule, in words', () => {
    expect(reading('success_rate', attempts(4, 16)).words).toBe(
      '4 of 20 attempts succeeded in 10 min (20 %); the rule fires below 80 %.',
    );
  });

  test('after an outage it is said that only what came after it is counted', () => {
    const breaker = { state: 'closed' as const, since: ago(60), closedAt: ago(60), reason: null };
    expect(reading('success_rate', { ...attempts(20, 0), breaker }).words).toMatch(
      /^20 of 20 attempts succeeded after it answered again at \d\d:\d\d:\d\d UTC \(100 %\)/,
    );
  });

  test('a share just below is never rounded up to the threshold', () => {
    expect(reading('success_rate', attempts(7999, 2001)).words).toContain('(79.9 %)');
  });

  test.each([
    [0, 4, 'unknown'],
    [0, 5, 'firing'],
    [4, 0, 'ok'],
    [1, 0, 'ok'],
  ] as const)('minimum volume of 5: %i ok and %i failed → %s', (ok, failed, state) => {
    expect(reading('success_rate', attempts(ok, failed)).state).toBe(state);
  });

  test('no traffic is unknown', () => {
    expect(reading('success_rate', {})).toMatchObject({ state: 'unknown', value: null });
  });

  test.each(['open', 'half_open'] as const)(
    'a breaker that is %s counts as failing, whatever the share',
    (state) => {
      const breaker = { state, since: ago(120), closedAt: null, reason: 'answered 503' };
      const found = reading('success_rate', { ...attempts(95, 5), breaker });
      expect(found).toMatchObject({ state: 'firing', value: 0, firstBadAt: ago(120) });
      expect(found.words).toContain('answered 503');
    },
  );

  test('a breaker that has closed is proof that the service answers, before anything else is sent', () => {
    const breaker = { state: 'closed' as const, since: ago(10), closedAt: ago(10), reason: null };
    expect(reading('success_rate', { breaker }).state).toBe('ok');
  });

  test('thresholds and window are configurable', () => {
    const env = { ALERT_SUCCESS_RATIO: '0.5', ALERT_SUCCESS_WINDOW: '30m', ALERT_SUCCESS_MIN_ATTEMPTS: '2' };
    expect(reading('success_rate', attempts(1, 1), env).state).toBe('ok');
    expect(reading('success_rate', attempts(1, 2), env)).toMatchObject({ state: 'firing' });
    expect(reading('success_rate', attempts(1, 2), env).words).toContain('in 30 min');
  });
});

describe('dead letters of an hour', () => {
  test.each([
    [5, 'ok', 'ok'],
    [6, 'ok', 'firing'],
    [10, 'ok', 'firing'],
    [11, 'firing', 'firing'],
  ] as const)('%i', (deadLetters, p2, warning) => {
    expect(reading('dead_letters', { deadLetters })).toMatchObject({
      state: p2,
      severity: 'P2',
      cause: 'delivery',
    });
    expect(reading('dead_letters_warning', { deadLetters })).toMatchObject({
      state: warning,
      severity: 'warning',
    });
  });
});

describe('customers who wait', () => {
  test.each([
    [null, 'unknown'],
    [1199, 'ok'],
    [1200, 'ok'],
    [1201, 'firing'],
  ] as const)('an average of %s s → %s', (averageResponseSeconds, state) => {
    const backlog = { averageResponseSeconds, slaBreaches: null, breachesByHand: 0 };
    expect(reading('response_time', { backlog })).toMatchObject({ state, severity: 'warning', cause: null });
  });
  test.each([
    [null, 0, 'unknown', /^SLA breaches are not known;/],
    [0, 0, 'ok', /^0 customers wait longer/],
    [1, 0, 'firing', /^1 customer waits longer than the SLA allows;/],
    [1, 2, 'firing', /^3 customers wait longer than the SLA allows, 2 of them in tickets kept by hand;/],
    [
      null,
      1,
      'firing',
      /^1 customer waits longer .+, in tickets kept by hand; of the conversations .+ not known;/,
    ],
  ] as const)(
    '%s SLA breaches, %s of tickets kept by hand → %s',
    (slaBreaches, breachesByHand, state, words) => {
      const backlog = { averageResponseSeconds: null, slaBreaches, breachesByHand };
      const read = reading('sla_breach', { backlog });
      expect(read.state).toBe(state);
      expect(read.words).toMatch(words);
    },
  );
});

describe('the way from Chatwoot', () => {
  const arrival = (rule: string, changes: Partial<ArrivalFigures>) =>
    reading(rule, { arrival: { ...ARRIVAL, ...changes } });
  const silent = {
    lastWebhookAt: ago(900),
    lookedAt: ago(5),
    silentSince: ago(540),
    confirmedAt: ago(420),
    missed: { messages: 5, customers: 5 },
  };

  test('messages that no webhook told of fire, with their likely cause', () => {
    const cause = {
      kind: 'workers',
      sentence: 'Its workers (Sidekiq) most likely stand still.',
      cure: '',
      registerAgain: false,
    };
    expect(arrival('webhooks_silent', { ...silent, cause })).toMatchObject({
      state: 'firing',
      severity: 'P1',
      cause: 'arrival',
      title: 'Chatwoot works, its webhooks do not arrive',
      words:
        'Chatwoot works, its webhooks do not arrive: 5 messages of 5 customers since 05:03 UTC. Likely cause: its workers (Sidekiq) most likely stand still.',
      firstBadAt: ago(540),
    });
  });

  test('what our own address does not take belongs to the outage of our address', () => {
    const cause = {
      kind: 'unreachable',
      sentence: 'Our address does not answer from outside.',
      cure: '',
      registerAgain: false,
    };
    expect(arrival('webhooks_silent', { ...silent, cause }).cause).toBe('intake');
  });

  test('nobody has written is no alarm, and is said', () => {
    const nobody = { lastWebhookAt: ago(3600), lookedAt: ago(40), newestAt: ago(600) };
    expect(arrival('webhooks_silent', nobody)).toMatchObject({
      state: 'ok',
      words: 'Nobody has written since 05:02 UTC; everything is known (looked at 05:11:27 UTC).',
    });
  });

  test('what could not be seen is unknown; after ten minutes a warning', () => {
    const unseen = {
      lastWebhookAt: ago(3600),
      lookedAt: ago(700),
      failingSince: ago(599),
      problem: 'it answered 500',
    };
    expect(arrival('webhooks_silent', unseen)).toMatchObject({ state: 'unknown' });
    expect(arrival('arrival_unseen', unseen)).toMatchObject({ state: 'unknown' });
    expect(arrival('arrival_unseen', { ...unseen, failingSince: ago(600) })).toMatchObject({
      state: 'firing',
      severity: 'warning',
      words: expect.stringContaining('it answered 500') as string,
    });
  });

  test('webhooks that fallback mode narrowed on purpose raise nothing', () => {
    expect(arrival('webhooks_silent', { ...silent, narrowed: true }).state).toBe('unknown');
  });

  test('a webhook that is missing in Chatwoot fires when it was read twice, and only where it was there before', () => {
    const missing = {
      registration: {
        ok: false,
        fault: 'missing',
        evidence: 'Chatwoot has no webhook at all.',
        nextStep: null,
      },
      badSince: ago(30),
      badConfirmed: true,
    };
    expect(arrival('webhook_registration', missing)).toMatchObject({
      state: 'firing',
      severity: 'P1',
      cause: 'arrival',
      words: 'Chatwoot has no webhook at all (read at 05:10:27 UTC).',
    });
    expect(arrival('webhook_registration', { ...missing, badConfirmed: false }).state).toBe('unknown');
    expect(arrival('webhook_registration', { ...missing, registered: false }).state).toBe('unknown');
    const unreadable = {
      ...missing,
      registration: { ok: false, fault: 'unreadable', evidence: 'No.', nextStep: null },
    };
    expect(arrival('webhook_registration', unreadable).state).toBe('unknown');
  });

  test.each([
    [60_000, 'ok', 'ok'],
    [75_000, 'firing', 'ok'],
    [300_000, 'firing', 'ok'],
    [360_000, 'firing', 'firing'],
  ])('a delay of up to %d ms', (p95, warning, incident) => {
    const delay = { messages: 3, p50: 1000, p95 };
    expect(arrival('arrival_delay_warning', { delay }).state).toBe(warning);
    expect(arrival('arrival_delay', { delay })).toMatchObject({ state: incident, severity: 'P2' });
  });

  test('the delay in words', () => {
    const delay = { messages: 3, p50: 150_000, p95: 180_000 };
    expect(arrival('arrival_delay_warning', { delay }).words).toBe(
      "Chatwoot's queue is 3 min behind (from message to webhook p50 2 min, p95 3 min of 3 messages in 5 min); the rule fires from 1 min.",
    );
  });

  test.each([
    [
      'none is accepted since, for two minutes',
      { firstAt: ago(150), lastAt: ago(140), acceptedAt: ago(500) },
      'firing',
    ],
    ['it has just begun', { firstAt: ago(100), lastAt: ago(20), acceptedAt: ago(500) }, 'unknown'],
    [
      'once, and others are accepted',
      { firstAt: ago(300), lastAt: ago(300), acceptedAt: ago(20) },
      'unknown',
    ],
    [
      'again and again, and others are accepted',
      { firstAt: ago(300), lastAt: ago(20), acceptedAt: ago(20) },
      'firing',
    ],
  ])('webhooks refused for their signature: %s', (_, times, state) => {
    expect(arrival('webhooks_refused', { refused: { count: 3, ...times } }).state).toBe(state);
  });
});
