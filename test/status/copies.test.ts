import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildDocument, exportStatus } from '../../app/features/status/build-document.server.ts';
import { announceWindow, endWindow } from '../../app/features/status/maintenance/change-windows.server.ts';
import { openStatusPage, type StatusPage } from '../../app/features/status/open-status-page.server.ts';
import { readNotices } from '../../app/features/status/read-notices.server.ts';
import { person } from '../support/person.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const PATIENCE_MS = 60_000;
const DAY_MS = 86_400_000;
let services: TestServices;
let page: StatusPage | undefined;
let folder: string;
let copy: string;

beforeEach(async () => {
  folder = await makeQuickFolder('copies');
  copy = path.join(folder, 'copy');
  services = await createTestServices({ STATUS_PAGE: 'on', STATUS_EXPORT_DIR: copy });
});
afterEach(async () => {
  await page?.stop();
  await services.close();
  await rm(folder, { recursive: true, force: true });
});

const read = (file: string) => readFile(path.join(copy, file), 'utf8').catch(() => '');
const shows = (what: RegExp, file = 'status/index.html') =>
  until(`the copy of ${file} shows ${what}`, async () => what.test(await read(file)), PATIENCE_MS);

test('a copy that could not be written is written once it can be, and one window follows the clock', async () => {
  // A file is where the folder should be, and the document itself cannot be kept.
  await writeFile(copy, 'in the way');
  await mkdir(path.join(services.dataDir, 'status-page.json.part'), { recursive: true });
  page = openStatusPage(services);
  await until('the page is served', () => page!.answer('/status', false) !== null, PATIENCE_MS);
  // Nothing is announced: the next look of its own finds nothing new and writes all the same.
  await rm(copy);
  await shows(/Support status/);

  const began = new Date(services.db.clock.now().getTime() + 3000);
  await services.db.pool.query(
    `INSERT INTO status_notices (kind, title, components, began_at, ends_at, created_at)
     VALUES ('maintenance', 'New servers', '{"1": "under_maintenance"}', $1, $2, $1)`,
    [began, new Date(began.getTime() + DAY_MS)],
  );
  services.changes.announce('page');
  await shows(/New servers/);
  await shows(/We are doing planned maintenance/);
  await shows(/"status":"in_progress"/, 'api/v2/scheduled-maintenances.json');
}, 120_000);

test('through a link that lies in the folder nothing is written', async () => {
  const theirs = path.join(folder, 'theirs');
  await mkdir(theirs);
  await writeFile(path.join(theirs, 'file'), 'as it was');
  const document = await buildDocument(services, services.db.clock.now());
  const copyTo = () => exportStatus(document!, copy, services.db.clock.now());
  await copyTo();
  // A file that is to be written beside, and a folder that leads elsewhere.
  await rm(path.join(copy, 'status/index.html'));
  await symlink(path.join(theirs, 'file'), path.join(copy, 'status/index.html.part'));
  await copyTo();
  expect(await readFile(path.join(theirs, 'file'), 'utf8')).toBe('as it was');
  expect(await read('status/index.html')).toContain('Support status');
  await rm(path.join(copy, 'api'), { recursive: true });
  await symlink(theirs, path.join(copy, 'api'));
  await expect(copyTo()).rejects.toThrow(/is a link that leads out of/);
  expect(await readdir(theirs, { recursive: true })).not.toContain('v2/status.json');
});

test('a window that is called off is published as cancelled, a running one that is ended as completed', async () => {
  const now = services.db.clock.now();
  const actor = person('Ada');
  const minutes = (n: number) => new Date(now.getTime() + n * 60_000);
  const announce = (title: string, from: Date, to: Date) =>
    announceWindow(services, {
      fields: new URLSearchParams({
        ...{ title, text: 'Chat pauses.', affects: '1' },
        ...{ from: from.toISOString().slice(0, 16), to: to.toISOString().slice(0, 16) },
      }),
      ...{ actor, now },
    });
  expect(await announce('Runs', minutes(-30), minutes(60))).toEqual({ outcome: 'saved' });
  expect(await announce('To come', minutes(30), minutes(60))).toEqual({ outcome: 'saved' });
  const windows = await readNotices(services.db.pool);
  const end = (id: number) =>
    endWindow(services, { fields: new URLSearchParams({ notice: String(id) }), actor, now: minutes(1) });
  for (const { id } of windows) expect(await end(id)).toEqual({ outcome: 'saved' });
  expect(await end(windows[0]!.id)).toEqual({ outcome: 'changed_meanwhile' });
  const said = (await readNotices(services.db.pool)).map(({ title, updates }) => [
    title,
    ...updates.map(({ state }) => state),
  ]);
  expect(said).toEqual([
    ['To come', 'cancelled', 'scheduled'],
    ['Runs', 'completed', 'scheduled'],
  ]);
});

test('what is public no more goes from the copy, and nothing else does', async () => {
  const now = services.db.clock.now();
  await services.db.pool.query(
    `INSERT INTO status_notices (kind, title, components, began_at, ends_at, created_at)
     VALUES ('maintenance', 'Old servers', '{"1": "under_maintenance"}', '2026-03-01', '2026-03-02', '2026-03-01')`,
  );
  await exportStatus((await buildDocument(services, now))!, copy, now);
  expect(await read('status/incidents/1/index.html')).toContain('Old servers');
  expect(await read('status/history/2026-03/index.html')).toContain('Old servers');
  await writeFile(path.join(copy, 'status/incidents/robots.txt'), 'mine');
  await services.db.pool.query('DELETE FROM status_notices');
  await exportStatus((await buildDocument(services, now))!, copy, now);
  expect(await readdir(path.join(copy, 'status/incidents'))).toEqual(['robots.txt']);
  expect(await readdir(path.join(copy, 'status/history'))).toEqual(['index.html']);
});
