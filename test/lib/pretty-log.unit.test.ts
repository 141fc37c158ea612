import { expect, test } from 'vitest';
import { createPrettyLines } from '../../app/lib/log.server.ts';

const shown = createPrettyLines(false);
const line = (fields: object) =>
  JSON.stringify({ level: 40, time: '2026-09-22T10:00:00.000Z', ...fields }) + '\n';

test('a person reads time, level, and what happened, in one line', () => {
  expect(shown(line({ msg: 'the Agent service does not answer', attempts: 3 }))).toMatch(
    /^\[\d\d:\d\d:\d\d\] WARN: the Agent service does not answer \{"attempts":3\}\n$/,
  );
});

test('nothing in it acts on the terminal or begins a line of its own', () => {
  const evil = '\u001b[2J\u202egood\n[10:00:00] ERROR: forged\u009b';
  const text = shown(line({ msg: evil, problem: evil }));
  // eslint-disable-next-line no-control-regex -- these are what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(text.trimEnd()).not.toContain('\n');
});
