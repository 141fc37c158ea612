import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { overviewWithoutDatabase } from '../../app/features/overview/overview-without-database.ts';
import { openDatabase } from '../../app/lib/database/database.server.ts';
import { NOW } from '../overview/figures.ts';
import { QUIET_INTAKE } from '../overview/intake-status.ts';
import { until } from '../support/until.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'outage-center-data-dir-'));
  // The server's account must get in: else its files go elsewhere.
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function unwritable(): Promise<string> {
  // Nothing but the kernel keeps root from writing.
  if (process.getuid?.() === 0) return '/sys/outage-center/data';
  const closed = path.join(folder, 'closed');
  await mkdir(closed, { mode: 0o555 });
  return path.join(closed, 'data');
}

async function file(): Promise<string> {
  const name = path.join(folder, 'a-file');
  await writeFile(name, '');
  return name;
}

/** initdb takes no path of more than 1,024 characters. */
const tooLong = () => path.join(folder, ...Array.from({ length: 5 }, () => 'd'.repeat(230)));

test.each([
  [
    'a DATA_DIR that cannot be written',
    unwritable,
    'The app may not write to DATA_DIR.',
    /^Give the folder to the account that runs the app \(chown\)/,
  ],
  [
    'a DATA_DIR that is a file',
    file,
    'DATA_DIR, or a part of its path, is a file and not a folder.',
    /^Set DATA_DIR to a folder/,
  ],
  [
    'initdb that fails',
    tooLong,
    'The app’s own PostgreSQL could not be set up: initdb failed.',
    /^postgres\.log in the folder postgres under DATA_DIR/,
  ],
])('%s is said once in the log and on the page, with its cure', async (_name, place, sentence, cure) => {
  const dataDir = await place();
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const db = openDatabase({ databaseUrl: undefined, dataDir, log });
  try {
    await until('the trouble is known', () => db.status().trouble !== undefined);
    const page = overviewWithoutDatabase({ connection: null }, QUIET_INTAKE, db.status(), {
      range: '1h',
      now: NOW,
    });
    expect(page.verdict.sentence).toContain(sentence);
    expect(page.nextStep.sentence).toMatch(cure);
    const told = lines.map((line) => JSON.parse(line) as object).filter((line) => 'cause' in line);
    expect(told).toMatchObject([
      { msg: sentence, cause: 'embedded', cure: expect.stringMatching(cure) as string },
    ]);
    if (place === tooLong)
      expect(await readFile(path.join(dataDir, 'postgres', 'postgres.log'), 'utf8')).not.toBe('');
  } finally {
    await db.stop();
  }
});
