import { expect, test } from 'vitest';
import { countLine, filesToRepeat, withRepeated } from './support/run-counts.ts';

const first = [
  { file: '/t/a.test.ts', passed: 3, failed: 0 },
  { file: '/t/b.test.ts', passed: 2, failed: 1 },
];

test('what failed is repeated, and the later run of a file is the one that counts', () => {
  expect(filesToRepeat(first)).toEqual(['/t/b.test.ts']);
  expect(countLine(first)).toBe('5 passed, 1 failed');
  expect(countLine(withRepeated(first, [{ file: '/t/b.test.ts', passed: 3, failed: 0 }]))).toBe(
    '6 passed, 0 failed',
  );
  expect(countLine(withRepeated(first, [{ file: '/t/b.test.ts', passed: 1, failed: 2 }]))).toBe(
    '4 passed, 2 failed',
  );
});

test('an error that belongs to no file is not repeated away', () => {
  const files = [...first, { file: null, passed: 0, failed: 1 }];
  expect(filesToRepeat(files)).toEqual([]);
  expect(countLine(files)).toBe('5 passed, 2 failed');
});
