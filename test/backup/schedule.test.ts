import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAlertRules } from '../../app/features/alerts/read-alert-rules.server.ts';
import { readBackupState } from '../../app/features/backup/backup-rows.server.ts';
import { checkBackup } from '../../app/features/backup/check-backup.server.ts';
import { backupWords } from '../../app/features/backup/judge-backups.ts';
import { tickBackup } from '../../app/features/backup/make-backup.server.ts';
import { readSafetyNets } from '../../app/features/overview/read-safety-nets.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

const DAY = 86_400_000;
const KEY = 'a passphrase of the operator';

let services: TestServices;
let folder: string;
beforeEach(async () => {
  services = await createTestServices({ BACKUP_KEEP: '2', BACKUP_KEY: KEY });
  folder = path.join(services.dataDir, 'backups');
  services.config.BACKUP_DIR = folder;
});
afterEach(() => services.close());

const start = Date.now();
const tickAt = (ms: number) => tickBackup(services, () => new Date(start + ms));
const rule = async (ms = 0) =>
  (await readAlertRules(services, new Date(start + ms))).find((one) => one.rule === 'backup');

test('one each day, the newest two kept, each whole and encrypted; what others put there stays', async () => {
  await mkdir(folder);
  await writeFile(path.join(folder, 'outage-center-20200101T000000Z.backup.partial'), 'of a killed process');
  await writeFile(path.join(folder, 'my-own.backup'), '');
  for (const at of [0, 0, DAY / 2, DAY + 1, 2 * DAY + 2]) await tickAt(at);
  const names = await readdir(folder);
  expect(names.filter((name) => name.startsWith('outage-center-'))).toHaveLength(2);
  expect(names).toContain('my-own.backup');
  expect(names.some((name) => name.endsWith('.partial'))).toBe(false);
  for (const name of names.filter((one) => one !== 'my-own.backup'))
    expect((await checkBackup(path.join(folder, name), KEY)).tables.length).toBeGreaterThan(70);
  const state = await readBackupState(services.db.pool);
  expect(state.failed).toBeNull();
  const now = new Date(start + 3 * DAY + 3);
  expect(backupWords(state, { schedule: { everyMs: DAY, keep: 2 }, now }).sentence).toMatch(
    /^The newest was made 24 h ago: \d+ rows, \d+ KB, encrypted, read again and whole\. One is made every 24 h; the last 2 are kept\.$/,
  );
  expect(await rule(3 * DAY)).toMatchObject({ state: 'ok' });
  expect(await rule(4 * DAY)).toMatchObject({
    state: 'firing',
    words: expect.stringMatching(/^No backup has been made for (2 d|48 h|47 h 59 min)/) as string,
  });
}, 120_000);

test('a failure is told of, is part of the verdict, and ends with the next backup', async () => {
  await writeFile(folder, 'a file where the folder should be');
  await tickAt(0);
  expect(await rule()).toMatchObject({
    state: 'firing',
    severity: 'warning',
    words: expect.stringMatching(/^The last backup failed .* ago \(.*\): there is none yet\.$/) as string,
  });
  expect((await readSafetyNets(services)).safetyNets).toMatchObject([{ id: 'backup' }]);
  await rm(folder);
  // Tried again within a quarter of an hour, and not at once.
  await tickAt(60_000);
  expect((await readBackupState(services.db.pool)).done).toBeNull();
  await tickAt(15 * 60_000 + 1);
  expect(await rule(15 * 60_000 + 1)).toMatchObject({ state: 'ok' });
  expect((await readSafetyNets(services)).safetyNets).toEqual([]);
}, 60_000);

test('what a killed process began counts as failed, and another one makes it', async () => {
  await services.db.pool.query(
    `INSERT INTO backups (scheduled, state, started_at, owner, file, encrypted)
     VALUES (true, 'running', $1, '00000000-0000-4000-8000-000000000001', '/x', false)`,
    [new Date(start - 20 * 60_000)],
  );
  await tickAt(0);
  expect((await readBackupState(services.db.pool)).failed?.problem).toMatch(/ended before it was done/);
  await tickAt(15 * 60_000 + 1);
  expect(await readdir(folder)).toHaveLength(1);
}, 60_000);
