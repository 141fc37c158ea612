import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SETTING_NAMES } from '../../app/lib/settings/config.ts';

describe('every setting can be found by whoever sets the app up', () => {
  test.each(['.env.example', 'README.md'])('in %s', (file) => {
    const words = new Set(readFileSync(file, 'utf8').match(/[A-Z][A-Z0-9_]+/g));
    expect(SETTING_NAMES.length).toBeGreaterThan(50);
    expect(SETTING_NAMES.filter((name) => !words.has(name))).toEqual([]);
  });
});
