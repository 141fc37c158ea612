import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInBackground, runToEnd } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

/** Enough that there is a middle to be killed in. */
const FACTS = 120_000;

let source: TestServices;
let target: TestServices;
let folder: string;
let file: string;
beforeAll(async () => {
  [source, target] = [await createTestServices(), await createTestServices()];
  folder = await mkdtemp(path.join(tmpdir(), 'outage-center-backup-killed-'));
  file = path.join(folder, 'backup');
  await source.db.pool.query(
    `INSERT INTO dashboard_facts (fact_type, scope, value, metadata)
     SELECT 'support.test', 'support', json_build_object('n', n, 'text', md5(n::text) || md5((n + 1)::text)), '{}' FROM generate_series(1, $1::int) n`,
    [FACTS],
  );
}, 120_000);
afterAll(async () => {
  await source.close();
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

const envOf = ({ databaseUrl, dataDir }: TestServices) => ({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir });
const factsIn = async ({ db }: TestServices) =>
  (
    await db.pool.query<{ n: number }>(
      "SELECT count(*) AS n FROM dashboard_facts WHERE fact_type = 'support.test'",
    )
  ).rows[0]!.n;
/** What another connection to the database does now. */
const isAt = async ({ db }: TestServices, statement: string) =>
  (
    await db.pool.query(
      'SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE $1 AND state = $2',
      [statement, 'active'],
    )
  ).rowCount! > 0;
const othersAreGone = async ({ db }: TestServices) =>
  (
    await db.pool.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state <> 'idle'",
    )
  ).rowCount === 0;

test('kill -9 in the middle of a backup leaves no backup, and the next one is whole', async () => {
  const backup = runInBackground(['app/cli/backup.ts', '--to', file], envOf(source));
  await until('it writes', async () => (await stat(`${file}.partial`)).size > 0, 60_000);
  await backup.kill('SIGKILL');
  expect(await readdir(folder)).toEqual(['backup.partial']);
  const refused = await runToEnd(['app/cli/restore.ts', '--from', `${file}.partial`], envOf(target));
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(/^.*damaged or not complete.*Nothing was changed\.\n$/);

  const again = await runToEnd(['app/cli/backup.ts', '--to', file, '--json'], envOf(source));
  expect(again.output).toContain('"balanced":true');
  expect(again.code).toBe(0);
  expect(await readdir(folder)).toEqual(['backup']);
}, 180_000);

test('kill -9 in the middle of a restore leaves the database as it was, and the next one is whole', async () => {
  await target.db.pool.query(
    "INSERT INTO dashboard_facts (fact_type, scope, value, metadata) VALUES ('support.test', 'support', '{}', '{}')",
  );
  const restore = runInBackground(['app/cli/restore.ts', '--from', file], envOf(target));
  await until('it fills the largest table', () => isAt(target, 'COPY "dashboard_facts"%FROM STDIN%'), 90_000);
  await restore.kill('SIGKILL');
  await until('the server has noticed', () => othersAreGone(target), 60_000);
  expect(await factsIn(target)).toBe(1);

  const again = await runToEnd(['app/cli/restore.ts', '--from', file], envOf(target));
  expect(again.output).toMatch(/^Everything is as it was at .*counted; the ledger and the audit log agree\./);
  expect(again.code).toBe(0);
  expect(await factsIn(target)).toBe(FACTS);
}, 240_000);
