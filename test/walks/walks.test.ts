import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { mayContain } from '../../scripts/walks/image.ts';
import { runToEnd } from '../support/app-process.ts';

/** The whole forms are `npm run walk:containers` and `npm run walk:upgrade`. */
const walk = (name: string, ...args: string[]) =>
  runToEnd([`scripts/walks/${name}.ts`, '--short', ...args], { NODE_ENV: 'development' });

/** A shallow clone knows no earlier release: there the way leads from this one to this one. */
const from = () => {
  try {
    execFileSync('git', ['cat-file', '-e', '0016450^'], { stdio: 'ignore' });
    return [];
  } catch {
    return ['--from', 'HEAD'];
  }
};

test.skipIf(!mayContain())(
  'from an empty directory to web and worker in containers behind TLS, with a backup by the clock, and back from it',
  async () => {
    const { code, output } = await walk('containers');
    expect(code, output).toBe(0);
    expect(output).toContain('The whole way was gone.');
  },
  600_000,
);

test('from a release without backups, with webhooks in its database, to this one', async () => {
  const { code, output } = await walk('upgrade', ...from());
  expect(code, output).toBe(0);
  expect(output).toContain('The whole way was gone.');
}, 600_000);
