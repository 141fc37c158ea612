import { expect, test, vi } from 'vitest';
import { keepBriefly } from '../../app/lib/just-stored.ts';

test('what is kept is given away once, and the lowest number is told', () => {
  const kept = keepBriefly<string>({ bytes: 100, ms: 1000 });
  expect(kept.lowest()).toBe(Number.MAX_SAFE_INTEGER);
  kept.put(7, 'seven', 10);
  kept.put(8, 'eight', 10);
  expect(kept.lowest()).toBe(7);
  expect(kept.take(7)).toBe('seven');
  expect(kept.take(7)).toBeUndefined();
  expect(kept.lowest()).toBe(8);
  kept.stop();
  expect(kept.take(8)).toBeUndefined();
});

test('it never holds more than it may: the oldest half goes, and what is larger than half is not taken', () => {
  const kept = keepBriefly<number>({ bytes: 100, ms: 1000 });
  for (let seq = 1; seq <= 30; seq += 1) kept.put(seq, seq, 10);
  const left = Array.from({ length: 30 }, (_, i) => i + 1).filter((seq) => kept.take(seq) !== undefined);
  expect(left.length).toBeLessThanOrEqual(10);
  expect(left.at(-1)).toBe(30);
  kept.put(31, 31, 51);
  expect(kept.take(31)).toBeUndefined();
  kept.stop();
});

test('it is gone after its time, also when nothing follows', async () => {
  vi.useFakeTimers();
  try {
    const kept = keepBriefly<string>({ bytes: 100, ms: 1000 });
    kept.put(1, 'one', 10);
    await vi.advanceTimersByTimeAsync(499);
    kept.put(2, 'two', 10);
    await vi.advanceTimersByTimeAsync(1001);
    expect(kept.take(1)).toBeUndefined();
    expect(kept.take(2)).toBeUndefined();
    expect(kept.lowest()).toBe(Number.MAX_SAFE_INTEGER);
  } finally {
    vi.useRealTimers();
  }
});
