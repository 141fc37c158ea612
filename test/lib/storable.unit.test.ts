import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storableJson } from '../../app/lib/storable.ts';

/** Text as it may come from outside: halves of surrogate pairs, NUL, and what only looks like their spelling. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\0', '\ud83d', '\udc00x', '😀', String.raw`\u0000`, String.raw`\ud83d`, 'plain'),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const isStorable = (json: string) => json.isWellFormed() && !json.includes('\0');

test('whatever is in it, keys included, jsonb takes it; what jsonb takes is left as it is', () => {
  fc.assert(
    fc.property(value, (any) => {
      const stored = storableJson(any);
      const kept: string[] = [];
      JSON.parse(stored, (key, inner: unknown) => {
        kept.push(key, ...(typeof inner === 'string' ? [inner] : []));
        return inner;
      });
      expect(kept.every(isStorable)).toBe(true);
      const plain = JSON.stringify(any);
      const texts: string[] = [];
      JSON.parse(plain, (key, inner: unknown) => {
        texts.push(key, ...(typeof inner === 'string' ? [inner] : []));
        return inner;
      });
      if (texts.every(isStorable)) expect(stored).toBe(plain);
    }),
    { numRuns: 300 },
  );
});

test('ids beyond 2^53, times and what JSON has no way to write', () => {
  expect(
    storableJson({ id: 9_007_199_254_740_993n, at: new Date(0), none: Number.NaN, left: undefined }),
  ).toBe('{"id":"9007199254740993","at":"1970-01-01T00:00:00.000Z","none":null}');
});
