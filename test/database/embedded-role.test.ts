import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  openEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../app/lib/embedded-postgres/embedded-postgres.server.ts';
import { prepareHome } from '../../app/lib/embedded-postgres/home.server.ts';
import { startOrAdopt } from '../../app/lib/embedded-postgres/postmaster.server.ts';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';
import { runInBackground } from '../support/app-process.ts';
import { removeDataDir, superuserUrl } from '../support/data-dir.ts';
import { makePreviousCluster } from '../support/previous-cluster.ts';
import { until } from '../support/until.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

let dataDir: string;
let server: EmbeddedPostgres | undefined;
const open: pg.Client[] = [];
beforeEach(async () => {
  dataDir = await makeQuickFolder('role');
});
afterEach(async () => {
  for (const client of open.splice(0)) await client.end().catch(() => undefined);
  await server?.stop();
  await removeDataDir(dataDir);
});

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  open.push(client);
  return client;
}

const another = (url: string, database: string) =>
  Object.assign(new URL(url), { pathname: `/${database}` }).href;

/** What is left to the superuser in a database of the app's. */
const STILL_THE_SUPERUSERS = `
  SELECT c.oid::regclass::text AS what FROM pg_class c
    WHERE relowner = 'outage_center'::regrole AND c.oid >= 16384 AND c.relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
  UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE proowner = 'outage_center'::regrole AND oid >= 16384
  UNION ALL SELECT oid::regtype::text FROM pg_type
    WHERE typowner = 'outage_center'::regrole AND oid >= 16384 AND typnamespace::regnamespace::text NOT LIKE 'pg\\_%'
  UNION ALL SELECT nspname FROM pg_namespace WHERE nspowner = 'outage_center'::regrole AND oid >= 16384
  UNION ALL SELECT datname FROM pg_database WHERE datname = current_database() AND datdba = 'outage_center'::regrole`;

async function refusesAll(client: pg.Client, statements: readonly string[], because: RegExp): Promise<void> {
  for (const statement of statements)
    await expect(client.query(statement), statement).rejects.toThrow(because);
}

const PROTECTED = [
  "UPDATE dashboard_facts SET value = '{}'",
  'DELETE FROM dashboard_facts',
  'TRUNCATE dashboard_facts CASCADE',
  "UPDATE audit_log SET action = 'nothing'",
  'DELETE FROM audit_log',
  'TRUNCATE audit_log',
];

test('a new cluster: the app is no superuser, yet migrates, makes and drops databases; facts and audit log stay', async () => {
  server = await openEmbeddedPostgres(dataDir);
  await applyMigrations(new pg.Client(server.url));
  const app = await connect(server.url);
  const { rows } = await app.query(
    'SELECT rolsuper, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user',
  );
  expect(rows).toEqual([
    { rolsuper: false, rolcreaterole: false, rolreplication: false, rolbypassrls: false },
  ]);
  expect((await app.query(STILL_THE_SUPERUSERS)).rows).toEqual([]);
  await app.query('CREATE DATABASE outage_center_drill_1 TEMPLATE template0');
  await applyMigrations(new pg.Client(another(server.url, 'outage_center_drill_1')));
  await app.query('DROP DATABASE outage_center_drill_1 WITH (FORCE)');
  await refusesAll(
    app,
    [
      "COPY (SELECT 1) TO PROGRAM 'cat'",
      "SELECT pg_read_file('/etc/passwd')",
      "ALTER SYSTEM SET listen_addresses = '*'",
      'CREATE ROLE another SUPERUSER',
      "SET session_replication_role = 'replica'",
    ],
    /permission denied/,
  );
  await app.query("INSERT INTO dashboard_facts (fact_type, scope, value) VALUES ('x', 'support', '{}')");
  await refusesAll(app, PROTECTED, /append-only/);
});

test('a cluster of the previous version with rows goes over to the role, with its running server and its drill', async () => {
  await makePreviousCluster(dataDir);
  server = await openEmbeddedPostgres(dataDir);
  await applyMigrations(new pg.Client(server.url));
  const app = await connect(server.url);
  expect((await app.query('SHOW is_superuser')).rows).toEqual([{ is_superuser: 'off' }]);
  expect((await app.query('SHOW listen_addresses')).rows).toEqual([{ listen_addresses: '' }]);
  expect((await app.query(STILL_THE_SUPERUSERS)).rows).toEqual([]);
  expect((await app.query("SELECT value->>'reason' AS reason FROM dashboard_facts")).rows).toEqual([
    { reason: 'kept' },
  ]);
  expect((await app.query("SELECT actor_id AS actor FROM audit_log WHERE action = 'kept'")).rows).toEqual([
    { actor: 'cli:p' },
  ]);
  await refusesAll(app, PROTECTED, /append-only/);
  await app.query("INSERT INTO pgboss.job (id, state) VALUES (1, 'created')");
  await app.query('ALTER TABLE deliveries ADD COLUMN of_a_later_migration int');
  await app.query('REFRESH MATERIALIZED VIEW kept');
  const drill = await connect(another(server.url, 'outage_center_drill_7'));
  expect((await drill.query(STILL_THE_SUPERUSERS)).rows).toEqual([]);
  await app.query('DROP DATABASE outage_center_drill_7 WITH (FORCE)');

  // A table that an operator made as the superuser goes over with the next start.
  const superuser = await connect(await superuserUrl(dataDir, server.url));
  await superuser.query('CREATE TABLE made_by_hand (n int)');
  const again = await openEmbeddedPostgres(dataDir);
  expect((await app.query(STILL_THE_SUPERUSERS)).rows).toEqual([]);
  expect(again.url.replace(/application_name=.*/, '')).toBe(server.url.replace(/application_name=.*/, ''));
});

test('killed in the middle of it, all is as it was before, and the next start goes on', async () => {
  await makePreviousCluster(dataDir);
  const home = await prepareHome(dataDir);
  const folder = await startOrAdopt(home, 'a-password-of-the-previous-version');
  const url = `postgresql://outage_center@${encodeURIComponent(folder)}:5432/outage_center`;
  const superuser = await connect(await superuserUrl(dataDir, url));
  const holder = await connect(await superuserUrl(dataDir, url));
  await holder.query('BEGIN; LOCK TABLE webhook_events IN ACCESS SHARE MODE');
  const child = runInBackground(['test/database/open-embedded.ts', dataDir], {});
  const waiting = await until('it waits in the middle', async () => {
    const { rows } = await superuser.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%webhook_events OWNER%'",
    );
    return rows[0];
  });
  await child.kill('SIGKILL');
  await holder.query('ROLLBACK');
  await until('its transaction is gone', async () => {
    const { rowCount } = await superuser.query('SELECT FROM pg_stat_activity WHERE pid = $1', [waiting.pid]);
    return rowCount === 0;
  });
  const handedOver = await superuser.query(
    "SELECT FROM pg_class WHERE relowner = 'outage_center_app'::regrole",
  );
  expect(handedOver.rowCount).toBe(0);
  for (const client of open.splice(0)) await client.end();

  server = await openEmbeddedPostgres(dataDir);
  const app = await connect(server.url);
  expect((await app.query(STILL_THE_SUPERUSERS)).rows).toEqual([]);
  expect((await app.query('SELECT FROM dashboard_facts')).rowCount).toBe(1);
});
