import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { prepareHome, serverIdentity } from '../../app/lib/embedded-postgres/home.server.ts';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';
import { freePort } from './app-process.ts';
import { until } from './until.ts';

const NAME = 'outage_center';
const PASSWORD = 'a-password-of-the-previous-version';

/**
 * A cluster as the version before made it and left it behind: its server runs on, detached, listens on a port, and
 * everything belongs to the superuser, the one role there is. With rows, a drill's database, and what pg-boss has.
 */
export async function makePreviousCluster(dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  const home = await prepareHome(dataDir);
  const identity = serverIdentity();
  const owned = (file: string) => identity && chownSync(file, identity.uid, identity.gid);
  mkdirSync(home.data, { mode: 0o700 });
  owned(home.data);
  const passwordFile = path.join(home.root, 'password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  owned(passwordFile);
  const env = { LC_ALL: 'C', NODE_ENV: process.env.NODE_ENV };
  const as = { ...identity, cwd: home.root, env };
  execFileSync(
    home.bin('initdb'),
    ['-D', home.data, '-U', NAME, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'],
    as,
  );
  writeFileSync(path.join(home.root, 'initialised'), '');
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  spawn(home.bin('postgres'), ['-D', home.data, '-p', String(port), ...settings], {
    ...as,
    detached: true,
    stdio: 'ignore',
  }).unref();
  const url = (database: string) => `postgresql://${NAME}:${PASSWORD}@127.0.0.1:${port}/${database}`;
  await until('the server of the previous version is there', () => run(url('postgres'), 'SELECT 1'));
  await run(url('postgres'), `CREATE DATABASE ${NAME}`);
  await applyMigrations(new pg.Client(url(NAME)));
  await run(url('postgres'), `CREATE DATABASE ${NAME}_drill_7 TEMPLATE ${NAME}`);
  await run(
    url(NAME),
    `CREATE SCHEMA pgboss`,
    `CREATE TYPE pgboss.job_state AS ENUM ('created', 'done')`,
    `CREATE TABLE pgboss.job (id serial PRIMARY KEY, state pgboss.job_state) PARTITION BY LIST (id)`,
    `CREATE TABLE pgboss."odd ""name" PARTITION OF pgboss.job FOR VALUES IN (1)`,
    `CREATE FUNCTION pgboss.twice(n int, "in" text) RETURNS int LANGUAGE sql AS 'SELECT n * 2'`,
    `CREATE SEQUENCE of_its_own`,
    `CREATE MATERIALIZED VIEW kept AS SELECT 1 AS n`,
    `INSERT INTO dashboard_facts (fact_type, scope, value) VALUES ('support.breaker.opened', 'support', '{"reason": "kept"}')`,
    `INSERT INTO audit_log (at, actor_id, actor_name, actor_role, via, action, target) VALUES (now(), 'cli:p', 'p', 'admin', 'cli', 'kept', 'x')`,
  );
}

async function run(url: string, ...statements: string[]): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
    return true;
  } finally {
    await client.end();
  }
}
