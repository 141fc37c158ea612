import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { licencesOf } from '../../scripts/list-licences.ts';

test('somebody has looked at the licence of every package that runs in production', async () => {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as Parameters<typeof licencesOf>[0];
  const packages = licencesOf(lock);
  expect(packages.length).toBeGreaterThan(100);
  expect(packages.filter(({ unknown }) => unknown)).toEqual([]);
});

test('what is not on the list is unknown, development tools are left out', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0', license: 'MIT' },
      'node_modules/a/node_modules/@b/c': { version: '2.0.0', license: '(GPL-3.0 OR MIT)' },
      'node_modules/d': { version: '3.0.0', license: 'AGPL-3.0' },
      'node_modules/e': { version: '4.0.0' },
      'node_modules/f': { version: '5.0.0', license: 'AGPL-3.0', dev: true },
    },
  };
  expect(licencesOf(lock).map(({ name, unknown }) => [name, unknown])).toEqual([
    ['@b/c', false],
    ['a', false],
    ['d', true],
    ['e', true],
  ]);
});
