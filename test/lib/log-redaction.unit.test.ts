import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { redacted } from '../../app/lib/log-redaction.ts';

const HIDDEN = '[redacted]';

/** Lines that a process writes which makes these calls with its log. */
function linesOf(calls: string): Record<string, unknown>[] {
  const log = path.resolve('app/lib/log.server.ts');
  const script = `import { createLog } from '${log}'; const log = createLog('info'); ${calls}`;
  const written = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return written
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('shows no value that bears the name of a secret or of a text, at the top of a line or one level below', () => {
  const [line, ofChild] = linesOf(`
    log.info({ token: 't1', headers: { a: 1 }, row: { body: 'words', seq: 7 }, list: [{ seq: 8 }], seq: 9 }, 'taken');
    log.child({ drill: 3 }).child({ password: 'p1' }).warn(
      { err: Object.assign(new TypeError('bad'), { body: 'words' }), other: Object.assign(new Error(), { body: 'words', seq: 8 }) }, 'failed');`);
  expect(line).toMatchObject({
    ...{ token: HIDDEN, headers: HIDDEN, row: { body: HIDDEN, seq: 7 } },
    ...{ list: [{ seq: 8 }], seq: 9, msg: 'taken' },
  });
  expect(ofChild).toMatchObject({
    password: HIDDEN,
    drill: 3,
    err: { type: 'TypeError', message: 'bad' },
    other: { seq: 8 },
  });
  expect(JSON.stringify([line, ofChild])).not.toMatch(/t1|p1|words/);
});

it('leaves what it is given as it is', () => {
  const row = { content: 'words', seq: 1 };
  const fields = { row, secret: 's' };
  expect(redacted(fields)).toEqual({ row: { content: HIDDEN, seq: 1 }, secret: HIDDEN });
  expect(fields).toEqual({ row: { content: 'words', seq: 1 }, secret: 's' });
  const plain = { seq: 1, at: new Date(0) };
  expect(redacted(plain)).toBe(plain);
});
