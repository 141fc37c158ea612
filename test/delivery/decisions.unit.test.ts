import { expect, test } from 'vitest';
import {
  undeliveredAllowance,
  leaseLimit,
  smoothedRate,
} from '../../app/features/delivery/delivery-gate.server.ts';
import {
  isRetryable,
  outcomeOfError,
  outcomeOfStatus,
  parseRetryAfter,
} from '../../app/lib/http/attempt-outcome.ts';
import { decideBreaker, type BreakerResult, type BreakerState } from '../../app/features/delivery/breaker.ts';
import { decideAfterAttempt } from '../../app/features/delivery/decide-after-attempt.ts';
import { factPayload } from '../../app/features/delivery/fact-payload.ts';

const now = new Date('2026-09-22T08:15:05.000Z');
const inMs = (ms: number) => new Date(now.getTime() + ms);

test.each([
  [200, 'ok', false],
  [204, 'ok', false],
  [301, 'http_3xx', false],
  [400, 'http_4xx', false],
  [404, 'http_4xx', false],
  [408, 'http_408', true],
  [422, 'http_4xx', false],
  [425, 'http_425', true],
  [429, 'http_429', true],
  [500, 'http_5xx', true],
  [599, 'http_5xx', true],
])('HTTP %i is %s, retryable: %s', (status, outcome, retryable) => {
  expect(outcomeOfStatus(status)).toBe(outcome);
  expect(isRetryable(outcomeOfStatus(status))).toBe(retryable);
});

test.each([
  [{ code: 'ENOTFOUND' }, 'dns'],
  [{ code: 'EAI_AGAIN' }, 'dns'],
  [{ code: 'ECONNREFUSED' }, 'refused'],
  [{ errors: [{ code: 'ECONNREFUSED' }] }, 'refused'],
  [{ code: 'ECONNRESET' }, 'reset'],
  [{ code: 'UND_ERR_SOCKET', cause: { code: 'ECONNRESET' } }, 'reset'],
  [{ name: 'TimeoutError' }, 'timeout'],
  [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'timeout'],
  [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'tls'],
  [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'tls'],
])('%j is %s', (error, outcome) => {
  expect(outcomeOfError(error)).toBe(outcome);
});

test.each([
  ['120', 120_000],
  ['0', 0],
  ['Tue, 22 Sep 2026 08:16:05 GMT', 60_000],
  ['Tue, 22 Sep 2026 08:14:05 GMT', 0],
  ['1.5', 1500],
  ['0.25', 250],
  ['Tuesday, 22-Sep-26 08:16:05 GMT', 60_000],
  ['Tue Sep 22 08:16:05 2026', 60_000],
  ['soon', null],
  ['-5', null],
  ['1e3', null],
  ['2026', 2_026_000],
  ['2026-09-22', null],
  ['', null],
  ['1'.repeat(400), 366 * 86_400_000],
  ['1000000000000', 366 * 86_400_000],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 366 * 86_400_000],
  ['5, 120', 120_000],
  ['120, Tue, 22 Sep 2026 08:15:15 GMT', 120_000],
  ['Tue, 22 Sep 2026 08:16:05 GMT, 5', 60_000],
  ['5, soon', null],
  [['5', '120'], 120_000],
  [[], null],
  [undefined, null],
])('Retry-After %j is %j ms', (header, ms) => {
  expect(parseRetryAfter(header, now)).toBe(ms);
});

test('a moment that the other side names is one of its own clock', () => {
  const anHourAhead = ['Tue, 22 Sep 2026 09:16:05 GMT', now, 'Tue, 22 Sep 2026 09:15:05 GMT'] as const;
  expect(parseRetryAfter(...anHourAhead)).toBe(60_000);
});

const settings = { maxAttempts: 6, baseDelayMs: 1000, factor: 4, retryAfterMaxMs: 600_000 };
const failed = (attempts: number, retryAfterMs: number | null = null, burnsBudget = true) =>
  decideAfterAttempt({ outcome: 'http_5xx', retryAfterMs, attempts, burnsBudget }, settings, now, 0.5);

test('retries after 1, 4, 16, 64 and 256 s, then dead-letters', () => {
  expect([0, 1, 2, 3, 4].map((attempts) => failed(attempts))).toEqual(
    [1, 4, 16, 64, 256].map((seconds, index) => ({
      state: 'pending',
      attempts: index + 1,
      dueAt: inMs(seconds * 1000),
    })),
  );
  expect(failed(5)).toEqual({ state: 'dead', attempts: 6 });
});

test('spreads a delay by ±20 %', () => {
  const at = (jitter: number) =>
    decideAfterAttempt(
      { outcome: 'timeout', retryAfterMs: null, attempts: 0, burnsBudget: true },
      settings,
      now,
      jitter,
    );
  expect(at(0)).toMatchObject({ dueAt: inMs(800) });
  expect(at(0.999999)).toMatchObject({ dueAt: inMs(1199) });
});

test('honours Retry-After up to its limit, and never shortens the backoff by it', () => {
  expect(failed(0, 30_000)).toMatchObject({ dueAt: inMs(30_000) });
  expect(failed(0, 7_200_000)).toMatchObject({ dueAt: inMs(600_000) });
  expect(failed(2, 1000)).toMatchObject({ dueAt: inMs(16_000) });
});

test('a failure that does not burn the budget never dead-letters', () => {
  expect(failed(5, null, false)).toMatchObject({ state: 'pending', attempts: 5 });
});

test('an answer that retrying cannot change is dead-lettered at once', () => {
  expect(
    decideAfterAttempt(
      { outcome: 'http_4xx', retryAfterMs: null, attempts: 0, burnsBudget: true },
      settings,
      now,
      0,
    ),
  ).toEqual({
    state: 'dead',
    attempts: 1,
  });
});

const breaker = {
  enabled: true,
  failuresInRow: 10,
  failureRatio: 0.5,
  minAttempts: 20,
  windowSeconds: 60,
  cooldownMs: 5000,
  cooldownMaxMs: 60_000,
};
const closed: BreakerState = {
  state: 'closed',
  consecutiveFailures: 0,
  openedAt: null,
  cooldownMs: 0,
  nextProbeAt: null,
};
const result = (
  outcome: BreakerResult['outcome'],
  probe = false,
  retryAfterMs: number | null = null,
): BreakerResult => ({
  outcome,
  probe,
  retryAfterMs,
});
const results = (n: number, outcome: BreakerResult['outcome']) =>
  Array.from({ length: n }, () => result(outcome));
const decide = (before: BreakerState, list: BreakerResult[], window = { ok: 0, failed: 0 }) =>
  decideBreaker(before, list, window, breaker, now, 600_000);

test('opens at the tenth failure in a row, not at the ninth', () => {
  expect(decide(closed, results(9, 'refused')).next.state).toBe('closed');
  const opened = decide(closed, results(12, 'refused'));
  expect(opened).toMatchObject({ change: 'opened', reason: '10 attempts in a row failed' });
  expect(opened.next).toMatchObject({ state: 'open', cooldownMs: 5000, nextProbeAt: inMs(5000) });
  expect(opened.burned).toEqual([...Array<boolean>(10).fill(true), false, false]);
});

test('counts failures in a row across batches, and an answer starts the count again', () => {
  const nine = decide(closed, results(9, 'timeout')).next;
  expect(decide(nine, results(1, 'timeout')).change).toBe('opened');
  expect(decide(nine, [result('ok'), ...results(9, 'timeout')]).change).toBeNull();
  expect(decide(nine, [result('http_4xx'), ...results(9, 'timeout')]).change).toBeNull();
});

test('opens at half of at least twenty attempts of the window, not below', () => {
  expect(decide(closed, [result('http_5xx')], { ok: 10, failed: 8 }).change).toBeNull();
  expect(decide(closed, [result('http_5xx')], { ok: 10, failed: 9 }).change).toBe('opened');
  expect(decide(closed, [result('http_5xx')], { ok: 12, failed: 10 }).change).toBeNull();
});

test('after a failed probe it waits a quarter as long as the outage has lasted, within its limits, and honours Retry-After', () => {
  const probedAfter = (outageMs: number, retryAfterMs: number | null = null) =>
    decide({ ...closed, state: 'half_open', openedAt: inMs(-outageMs), cooldownMs: 5000 }, [
      result('http_5xx', true, retryAfterMs),
    ]);
  const seconds = [5, 10, 20, 28, 60, 240, 3600];
  const waits = seconds.map((outage) => probedAfter(outage * 1000).next.cooldownMs / 1000);
  expect(waits).toEqual([5, 5, 5, 7, 15, 60, 60]);
  expect(probedAfter(28_000)).toMatchObject({
    change: 'probe_failed',
    burned: [false],
    next: { nextProbeAt: inMs(7000) },
  });
  expect(probedAfter(5000, 300_000).next.nextProbeAt).toEqual(inMs(300_000));
  // A clock set back: the outage seems to begin in the future.
  expect(probedAfter(-3_600_000).next.cooldownMs).toBe(5000);
});

test('only a probe that gets an answer closes it', () => {
  const open: BreakerState = { ...closed, state: 'open', cooldownMs: 5000, nextProbeAt: inMs(5000) };
  expect(decide(open, [result('ok')]).next.state).toBe('open');
  expect(decide({ ...open, state: 'half_open' }, [result('http_4xx', true)])).toMatchObject({
    change: 'closed',
    next: { state: 'closed', consecutiveFailures: 0 },
  });
});

test('switched off, it neither opens nor spares the budget', () => {
  const off = decideBreaker(
    closed,
    results(30, 'refused'),
    { ok: 0, failed: 0 },
    { ...breaker, enabled: false },
    now,
    0,
  );
  expect(off.next.state).toBe('closed');
  expect(off.burned.every(Boolean)).toBe(true);
});

test('the backlog comes back with a ramp', () => {
  expect([0, 999, 1000, 3000, 60_000].map((ms) => undeliveredAllowance(ms, 150))).toEqual([
    5, 5, 10, 40, 150,
  ]);
  expect(undeliveredAllowance(null, 150)).toBe(150);
});

test('a payload is kept as JSON that PostgreSQL takes', () => {
  const body = Buffer.from('{"a\\u0000":"x\\u0000y","b":"\\ud800","n":1e999,"deep":[{"k\\udfff":1}]}');
  expect(JSON.parse(factPayload(body))).toEqual({
    'a\uFFFD': 'x\uFFFDy',
    b: '\uFFFD',
    n: null,
    deep: [{ 'k\uFFFD': 1 }],
  });
});

test('a worker leases twice its connections and what it finishes in 0.1 s, up to twenty times its connections', () => {
  expect(leaseLimit(50, 0)).toBe(100);
  expect(leaseLimit(50, 200)).toBe(120);
  expect(leaseLimit(50, 4000)).toBe(500);
  expect(leaseLimit(50, 1_000_000)).toBe(1000);
});

test('the rate follows what is finished within a few tenths of a second, and falls when little is', () => {
  let rate = 0;
  for (let i = 0; i < 50; i++) rate = smoothedRate(rate, 100, 20);
  expect(rate).toBeGreaterThan(4900);
  expect(rate).toBeLessThanOrEqual(5000);
  expect(smoothedRate(rate, 1, 10_000)).toBeLessThan(1);
  expect(smoothedRate(rate, 10, 0)).toBe(rate);
});

test('a fact keeps the beginning of a long text, and is small whatever the message', () => {
  const html = '<p>hello</p>'.repeat(30_000);
  const email = { html_content: { full: html, reply: html }, subject: 'Order 1881' };
  const sender = { id: 208, name: 'Mara Lind' };
  const message = {
    event: 'message_created',
    id: 9001,
    content_attributes: { email },
    conversation: { id: 417, meta: { sender }, messages: [{ id: 9001, content_attributes: { email } }] },
  };
  const fact = factPayload(Buffer.from(JSON.stringify(message)));
  expect(fact.length).toBeLessThan(66_000);
  expect(JSON.parse(fact)).toMatchObject({
    id: 9001,
    content_attributes: {
      email: { subject: 'Order 1881', html_content: { full: expect.stringMatching(/…$/) as string } },
    },
    conversation: { id: 417, meta: { sender } },
  });
  const many = { ...message, items: Array.from({ length: 20_000 }, (_, i) => ({ i, text: 'x'.repeat(50) })) };
  const cut = factPayload(Buffer.from(JSON.stringify(many)));
  expect(cut.length).toBeLessThan(2000);
  expect(JSON.parse(cut)).toMatchObject({
    event: 'message_created',
    id: 9001,
    conversation: { id: 417, meta: { sender } },
  });
});
