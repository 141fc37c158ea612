import { expect, test } from 'vitest';
import { createPace } from '../../app/lib/chatwoot/pace.server.ts';

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
