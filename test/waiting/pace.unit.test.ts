import { expect, test } from 'vitest';
import { callPatiently, createPace } from '../../app/lib/chatwoot/pace.server.ts';

test('a Chatwoot that throttles every call is not asked for ever: the answer comes back, so that it is told', async () => {
  const pace = createPace({ perSecond: 10_000 });
  let calls = 0;
  const answer = await pace.call(() => {
    calls += 1;
    return Promise.resolve({ outcome: 'throttled' as const, retryAfterMs: 0 });
  });
  expect(answer).toEqual({ outcome: 'throttled', retryAfterMs: 0 });
  expect(calls).toBe(6);
});

test('one that throttles now and then is waited for', async () => {
  const pace = createPace({ perSecond: 10_000 });
  const answers = [
    { outcome: 'throttled' as const, retryAfterMs: 5 },
    { outcome: 'ok' as const, value: 7 },
  ];
  expect(await pace.call(() => Promise.resolve(answers.shift()!))).toEqual({ outcome: 'ok', value: 7 });
});

test('a 429 that asks for no wait is not answered with six calls at once', async () => {
  const calls: number[] = [];
  const answer = await callPatiently(
    () => {
      calls.push(performance.now());
      return Promise.resolve({ outcome: 'throttled' as const, retryAfterMs: 0 });
    },
    { attempts: 3 },
  );
  expect(answer.outcome).toBe('throttled');
  expect(calls).toHaveLength(3);
  // Timers may fire a millisecond early.
  expect(calls[2]! - calls[0]!).toBeGreaterThanOrEqual(745);
});
