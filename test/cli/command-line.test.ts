import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCommandLine, remoteOptions, WrongUsage } from '../../app/cli/command-line.ts';
import { runToEnd } from '../support/app-process.ts';

const COMMAND = {
  name: 'ops:try',
  does: 'Tries.',
  options: {
    all: { type: 'boolean', help: 'all of it' },
    'no-wait': { type: 'boolean', help: 'returns at once' },
    since: { type: 'string', value: 'WHEN', help: 'since when' },
    ...remoteOptions('page.read'),
  },
  ends: ['when tried', 'when not'],
} as const;

const parse = (args: string[], environment: Record<string, string> = {}) =>
  parseCommandLine(COMMAND, (values) => values, { args, environment });

describe('a command line', () => {
  test.each([
    [['--al'], '--al is not an option.'],
    [['-x'], '-x is not an option.'],
    [['7'], '"7" is not an option.'],
    [['--all=yes'], '--all takes no value.'],
    [['--since'], '--since needs a value: --since WHEN.'],
    [['--since', '--all'], '--since needs a value: --since WHEN.'],
    [['--no-since'], '--no-since is not an option.'],
    [['--token', 'oc_x'], '--token goes with --url: nothing else needs one.'],
    [['--url', ''], '--url takes an address such as https://outage.example.com, not "".'],
    [
      ['--url', 'ftp://x', '--token', 'x'],
      '--url takes an address such as https://outage.example.com, not "ftp://x".',
    ],
    [
      ['--url', 'https://x'],
      '--url needs an API token: put it into OUTAGE_CENTER_TOKEN, or give it with --token.',
    ],
  ])('%j: says what is wrong and what to do, in one line', (args, problem) => {
    expect(parse(args)).toEqual({
      outcome: 'wrong',
      problem: `${problem} "npm run ops:try -- --help" says what it takes.`,
    });
  });

  test('a token that no header can carry is not quoted', () => {
    const line = parse(['--url', 'https://x'], { OUTAGE_CENTER_TOKEN: 'oc_one\noc_two' });
    expect(line).toMatchObject({ outcome: 'wrong' });
    expect(JSON.stringify(line)).not.toContain('oc_');
  });

  test('what npm kept for itself is missed, and nothing is done', () => {
    expect(parse(['--all'], { npm_config_wait: '' })).toMatchObject({
      problem: expect.stringMatching(
        /^npm kept --no-wait for itself, so nothing was done: .*"npm run ops:try -- --no-wait"/,
      ) as string,
    });
    expect(parse(['--all'], { npm_config_yes: 'true' })).toMatchObject({ outcome: 'run' });
  });

  test('the token is the one that was given, else that of the environment', () => {
    const environment = { OUTAGE_CENTER_TOKEN: ' oc_theirs\n' };
    const url = ['--url', 'http://127.0.0.1:3000'];
    expect(parse(url, environment)).toMatchObject({ value: { token: 'oc_theirs' } });
    expect(parse([...url, '--token', 'oc_mine'], environment)).toMatchObject({ value: { token: 'oc_mine' } });
    expect(parse([], environment)).toEqual({ outcome: 'run', value: {} });
  });

  test('a mistake in our own code is none of the command line', () => {
    const options = { args: [], environment: {} };
    expect(() =>
      parseCommandLine(
        COMMAND,
        () => {
          throw new TypeError('ours');
        },
        options,
      ),
    ).toThrow('ours');
    expect(
      parseCommandLine(
        COMMAND,
        () => {
          throw new WrongUsage('Theirs.');
        },
        options,
      ),
    ).toMatchObject({ outcome: 'wrong' });
  });
});

describe('every ops command', async () => {
  const { scripts } = JSON.parse(
    await readFile(path.resolve(import.meta.dirname, '../../package.json'), 'utf8'),
  ) as { scripts: Record<string, string> };
  const commands = Object.entries(scripts)
    .filter(([name]) => name.startsWith('ops:'))
    .map(([name, line]) => [name, line.replace(/^node /, '')] as const);
  // Wrong settings would show if they were read before the command line.
  const env = { PORT: 'none', DATABASE_URL: 'nonsense' };

  test('there are some', () => expect(commands.length).toBeGreaterThan(9));

  test.each(commands)('%s explains itself, and refuses what it does not know', async (name, file) => {
    const help = await runToEnd([file, '--help'], env);
    expect(help.code).toBe(0);
    expect(help.stdout).toBe(help.output);
    expect(help.stdout).toMatch(new RegExp(`^npm run ${name}\\b`));
    expect(help.stdout).toMatch(/^Ends with 0 .*, 1 .*, 2 for wrong usage, 78 for wrong settings\.$/m);
    expect(await runToEnd([file, '-h'], env)).toMatchObject({ code: 0, stdout: help.stdout });
    const wrong = await runToEnd([file, '--no-such'], env);
    expect(wrong).toEqual({
      code: 2,
      stdout: '',
      output: `--no-such is not an option. "npm run ${name} -- --help" says what it takes.\n`,
    });
  });

  test.each(
    commands.filter(
      // These need arguments, and say that first.
      ([name]) =>
        !['replay-dlq', 'fallback', 'report', 'backup', 'restore', 'export-status'].includes(
          name.slice('ops:'.length),
        ),
    ),
  )('%s names wrong settings', async (_name, file) => {
    const { code, stdout, output } = await runToEnd([file], env);
    expect([code, stdout]).toEqual([78, '']);
    expect(output).toMatch(/PORT/);
  });
});
