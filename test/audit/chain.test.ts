import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordAuditHead, verifyAudit } from '../../app/features/audit/verify-audit.server.ts';
import { runToEnd } from '../support/app-process.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { appendRows, readRows } from './rows.ts';

let services: TestServices;
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(() => services.close());

const verifyCommand = () =>
  runToEnd(['app/cli/verify-audit.ts'], { DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir });

/** What a superuser can do who knows of the triggers. */
const tamper = (sql: string) =>
  services.db.pool.query(
    `BEGIN; ALTER TABLE audit_log DISABLE TRIGGER ALL; ALTER TABLE audit_head DISABLE TRIGGER ALL; ${sql};
     ALTER TABLE audit_log ENABLE TRIGGER ALL; ALTER TABLE audit_head ENABLE TRIGGER ALL; COMMIT`,
  );

/** The hash as the database computes it, for somebody who covers the tracks. */
const REHASH = `hash = sha256(prev_hash || convert_to(jsonb_build_array(
  id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), actor_id, actor_name, actor_role, via,
  from_address, action, target, before, after, reason)::text, 'UTF8'))`;

test('an untouched log is intact, also an empty one and one with odd texts', async () => {
  expect(await verifyAudit(services.db.pool)).toEqual({
    outcome: 'intact',
    rows: 0,
    hash: null,
    recordedHeads: 0,
  });
  await appendRows(services, 3, (index) => ({
    actor: person(['Zoë "the" \\ 測試 🙂', 'NUL\0 and \ud800', "'; DROP TABLE audit_log; --"][index]!),
    before: index === 0 ? undefined : { nested: ['\0', '\udfff', 1e21, 0.1, null, { b: 1, a: 10n }] },
    reason: index === 1 ? 'null' : null,
    at: new Date('2026-03-29T01:59:59.999Z'),
  }));
  const rows = await readRows(services);
  expect(rows.map((row) => Number(row.id))).toEqual([1, 2, 3]);
  expect(rows[1]).toMatchObject({
    actorName: 'NUL\ufffd and \ufffd',
    before: { nested: ['\ufffd', '\ufffd', 1e21, 0.1, null, { a: '10', b: 1 }] },
  });
  // How a session writes times, numbers and binary data changes nothing: the command gets these settings.
  await services.db.pool.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Kathmandu''', current_database());
     EXECUTE format('ALTER DATABASE %I SET DateStyle = ''German''', current_database());
     EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database()); END $$`,
  );
  const head = Buffer.from(rows[2]!.hash).toString('hex');
  expect(await verifyAudit(services.db.pool)).toMatchObject({ outcome: 'intact', rows: 3, hash: head });
  const run = await verifyCommand();
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).toBe(`Audit log intact: 3 rows, 0 recorded heads agree. Head: ${head}.\n`);
});

test.each([
  `UPDATE audit_log SET reason = 'x'`,
  `UPDATE audit_log SET reason = 'x' WHERE false`,
  `DELETE FROM audit_log`,
  `TRUNCATE audit_log`,
  `TRUNCATE audit_log, audit_head CASCADE`,
  `UPDATE audit_head SET id = 7`,
  `DELETE FROM audit_head`,
  `INSERT INTO audit_head (one, id, hash) VALUES (true, 9, '') ON CONFLICT (one) DO UPDATE SET id = 9`,
  `INSERT INTO audit_log SELECT * FROM audit_log ON CONFLICT (id) DO UPDATE SET reason = 'x'`,
])('the database refuses: %s', async (sql) => {
  await appendRows(services, 2);
  await expect(services.db.pool.query(sql)).rejects.toThrow('append-only');
  expect(await verifyAudit(services.db.pool)).toMatchObject({ outcome: 'intact', rows: 2 });
});

test('number, link and hash cannot be chosen by whoever inserts', async () => {
  await appendRows(services, 1);
  await services.db.pool.query(
    `INSERT INTO audit_log (id, at, actor_id, actor_name, actor_role, via, action, target, prev_hash, hash)
     VALUES (77, now(), 'x', 'x', 'x', 'cli', 'x', 'x', '\\x00', '\\x00')`,
  );
  expect(await verifyAudit(services.db.pool)).toMatchObject({ outcome: 'intact', rows: 2 });
});

test.each([
  ['a changed field', `UPDATE audit_log SET actor_name = 'Eve' WHERE id = 3`, 3],
  ['a changed time', `UPDATE audit_log SET at = at + interval '1 ms' WHERE id = 3`, 3],
  ['a reason that was none', `UPDATE audit_log SET reason = '' WHERE id = 3`, 3],
  ['a changed before', `UPDATE audit_log SET before = '{"state": "new"}' WHERE id = 1`, 1],
  [
    'a changed row with its hash',
    `UPDATE audit_log SET target = 'x' WHERE id = 3; UPDATE audit_log SET ${REHASH} WHERE id = 3`,
    4,
  ],
  ['a removed row', `DELETE FROM audit_log WHERE id = 3`, 4],
  ['a removed first row', `DELETE FROM audit_log WHERE id = 1`, 2],
  [
    'a removed row, the rest renumbered',
    `DELETE FROM audit_log WHERE id = 3; UPDATE audit_log SET id = id - 1 WHERE id > 3;
     UPDATE audit_head SET id = id - 1`,
    3,
  ],
  [
    'an inserted row',
    `UPDATE audit_log SET id = -id WHERE id > 2; UPDATE audit_log SET id = 1 - id WHERE id < 0;
     INSERT INTO audit_log SELECT 3, at, 'x', 'Eve', actor_role, via, from_address, action, target, before, after, reason, hash, hash
       FROM audit_log WHERE id = 2;
     UPDATE audit_log SET ${REHASH} WHERE id = 3; UPDATE audit_head SET id = id + 1`,
    4,
  ],
  [
    'two rows in other order',
    `UPDATE audit_log SET id = -id WHERE id IN (2, 3); UPDATE audit_log SET id = 5 + id WHERE id < 0`,
    2,
  ],
  [
    'an appended row',
    `INSERT INTO audit_log SELECT 6, at, 'x', 'Eve', actor_role, via, from_address, action, target, before, after, reason, hash, hash FROM audit_log WHERE id = 5; UPDATE audit_log SET ${REHASH} WHERE id = 6`,
    6,
  ],
  ['a cut tail', `DELETE FROM audit_log WHERE id > 3`, 4],
  ['everything gone', `DELETE FROM audit_log`, 1],
])('tampering shows: %s', async (_name, sql, row) => {
  await appendRows(services, 5);
  await tamper(sql);
  const run = await verifyCommand();
  expect(run.output).toMatch(new RegExp(`^Audit log NOT intact: row ${row} [^\\n]+\\.\\n$`));
  expect(run).toMatchObject({ code: 1, stdout: '' });
});

test('a tail that was cut off together with its head shows by the head that was recorded before', async () => {
  const at = new Date();
  expect(await recordAuditHead(services.db.pool, at)).toBeNull();
  await appendRows(services, 5);
  const head = Buffer.from((await readRows(services))[4]!.hash).toString('hex');
  expect(await recordAuditHead(services.db.pool, at)).toEqual({ id: 5, hash: head });
  expect(await recordAuditHead(services.db.pool, at)).toBeNull();
  await appendRows(services, 1);
  expect(await recordAuditHead(services.db.pool, at)).toMatchObject({ id: 6 });
  expect(await verifyAudit(services.db.pool)).toMatchObject({ outcome: 'intact', recordedHeads: 2 });
  await tamper(
    `DELETE FROM audit_log WHERE id > 3; UPDATE audit_head SET (id, hash) = (SELECT id, hash FROM audit_log WHERE id = 3)`,
  );
  expect(await verifyAudit(services.db.pool)).toMatchObject({ outcome: 'broken', row: 5 });
  // Going on as if nothing had been does not help.
  await appendRows(services, 3);
  expect(await verifyAudit(services.db.pool)).toMatchObject({ outcome: 'broken', row: 5 });
});

test('triggers that were left off show', async () => {
  await appendRows(services, 2);
  await services.db.pool.query('ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only');
  const run = await verifyCommand();
  expect(run.code).toBe(1);
  expect(run.output).toContain('audit_log_append_only is off');
});

test('an answer is not made up when the database is away, or the command misspelt', async () => {
  const away = await runToEnd(['app/cli/verify-audit.ts', '--all'], {});
  expect(away.code).toBe(2);
  const url = services.databaseUrl;
  await services.db.pool.query('DROP TABLE audit_log');
  const run = await runToEnd(['app/cli/verify-audit.ts'], { DATABASE_URL: url, DATA_DIR: services.dataDir });
  expect(run).toMatchObject({ code: 1, stdout: '' });
  expect(run.output.trim().split('\n')).toHaveLength(1);
});

test('writers at the same moment, some of which fail, make one chain without gaps', async () => {
  const other = await createTestServices({ DATABASE_URL: services.databaseUrl });
  try {
    const writers = Array.from({ length: 24 }, (_, index) =>
      appendRows(index % 2 ? services : other, 5, (n) => ({
        actor: person(`writer ${index}`, n === 3 && index % 3 === 0 ? { via: 'nothing' as 'cli' } : {}),
      })).catch((error: Error) => error.message),
    );
    const failed = (await Promise.all(writers)).filter((message) => message !== undefined);
    expect(failed).toHaveLength(8);
    const rows = await readRows(services);
    expect(rows).toHaveLength(24 * 5 - 8 * 2);
    expect(await verifyAudit(services.db.pool)).toMatchObject({ outcome: 'intact', rows: rows.length });
  } finally {
    await other.close();
  }
});
