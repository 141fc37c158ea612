import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { initdbTrouble, type PostgresHome, serverIdentity } from './home.server.ts';
import { SOCKET_PORT } from './socket.server.ts';

const run = promisify(execFile);
/** Nothing of our own environment, which holds secrets, reaches the server. */
export const SERVER_ENV = { LC_ALL: 'C', NODE_ENV: process.env.NODE_ENV };
const PASSWORD_BYTES = 24;

export interface Passwords {
  superuser: string;
  app: string;
}

/**
 * Makes the cluster, once.
 * @throws KnownTrouble when initdb fails
 */
export async function initialise(home: PostgresHome): Promise<Passwords> {
  const passwordFile = path.join(home.root, 'password');
  const done = path.join(home.root, 'initialised');
  if (!existsSync(done)) {
    await runInitdb(home, passwordFile);
    await writeFile(done, new Date().toISOString());
  }
  return {
    superuser: await readFile(passwordFile, 'utf8'),
    app: await appPassword(path.join(home.root, 'app-password')),
  };
}

/** It can be made anew at any time: each start tells the server. */
async function appPassword(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known.length === PASSWORD_BYTES * 2) return known;
  const made = randomBytes(PASSWORD_BYTES).toString('hex');
  await writeFile(`${file}.new`, made, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
}

async function runInitdb(home: PostgresHome, passwordFile: string): Promise<void> {
  // A half-made cluster of a process that was killed while it ran initdb holds no data yet.
  await rm(home.data, { recursive: true, force: true });
  const password = randomBytes(PASSWORD_BYTES).toString('hex');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const pwfile = path.join(home.root, 'initdb-password');
  await writeFile(pwfile, password, { mode: 0o600 });
  await mkdir(home.data);
  await chmod(home.data, 0o700);
  const identity = serverIdentity();
  if (identity) {
    await chown(home.data, identity.uid, identity.gid);
    await chown(pwfile, identity.uid, identity.gid);
  }
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '-E', 'UTF8'];
  await run(
    home.bin('initdb'),
    ['-D', home.data, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${pwfile}`, ...locale],
    {
      ...identity,
      cwd: home.root,
      env: SERVER_ENV,
    },
  ).catch(async (error: unknown) => {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}` || String(error);
    // There is no server yet whose log this could be, and the next try overwrites it.
    await writeFile(home.log, said, { mode: 0o600 }).catch(() => undefined);
    throw initdbTrouble(error, said);
  });
  await rm(pwfile);
}

/** The superuser that initdb makes, and the app's database. */
const SUPERUSER = 'outage_center';
export const DATABASE = 'outage_center';

export interface Access {
  /** Folder of the server's socket. */
  folder: string;
  /** The superuser's. */
  password: string;
}

/** How long the server may take to be reached, and to answer, ms. */
const CONNECT_MS = 2000;
const ANSWER_MS = 60_000;

/** Does something as the superuser, over a connection of its own. */
export async function asSuperuser<T>(
  { folder, password }: Access,
  database: string,
  action: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: folder,
    port: SOCKET_PORT,
    user: SUPERUSER,
    password,
    database,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await action(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whom the app connects as: it owns its databases and what is in them, makes those of drills, and may do nothing else. */
export const APP_ROLE = 'outage_center_app';

const ATTRIBUTES = 'LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS';
/** What is handed over is in use by nobody who would keep it longer, ms. */
const LOCK_MS = 10_000;

/**
 * What the superuser owns in this database, as the statements that hand it over. REASSIGN OWNED refuses the superuser that
 * initdb made, because the system's own objects are among his. What depends on another object goes with it.
 */
const HANDED_OVER = `
WITH owned AS (
  SELECT 1 AS step, 'SCHEMA' AS kind, quote_ident(nspname) AS name, nspowner AS owner, oid AS schema FROM pg_namespace
  UNION ALL
  SELECT 2, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
    c.oid::regclass::text, c.relowner, c.relnamespace
  FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
      AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))
  UNION ALL
  SELECT 3, 'ROUTINE', p.oid::regprocedure::text, p.proowner, p.pronamespace
  FROM pg_proc p WHERE NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  UNION ALL
  SELECT 4, 'TYPE', t.oid::regtype::text, t.typowner, t.typnamespace
  FROM pg_type t WHERE NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))
    AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND EXISTS (
      SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
)
SELECT format('ALTER %s %s OWNER TO ${APP_ROLE}', o.kind, o.name) AS statement
FROM owned o JOIN pg_namespace n ON n.oid = o.schema
WHERE o.owner = '${SUPERUSER}'::regrole AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
ORDER BY o.step, o.name`;

/**
 * Sees to it that the app can connect as a role that is no superuser and owns all of its databases, be they new or made by an
 * earlier version, whose only role was the superuser. A database goes over as a whole or not at all; killed at any
 * point, the next start goes on. Only while nobody else does the same.
 */
export async function handOver(access: Access, appPassword: string): Promise<void> {
  const others = await asSuperuser(access, 'postgres', async (client) => {
    await makeRole(client, appPassword);
    const { rows } = await client.query<{ name: string; mine: boolean }>(
      `SELECT datname AS name, datdba = '${SUPERUSER}'::regrole AS mine FROM pg_database
       WHERE NOT datistemplate AND datallowconn AND datname <> 'postgres'`,
    );
    if (!rows.some(({ name }) => name === DATABASE))
      await client.query(`CREATE DATABASE ${DATABASE} OWNER ${APP_ROLE}`);
    return rows.filter(({ name, mine }) => mine && name !== DATABASE).map(({ name }) => name);
  });
  // The app's own each time: somebody may have made a table there as the superuser.
  for (const name of [DATABASE, ...others])
    await asSuperuser(access, name, (client) => handOverDatabase(client, name));
}

async function makeRole(client: pg.Client, password: string): Promise<void> {
  const found = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [APP_ROLE]);
  const verb = found.rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(`${verb} ROLE ${APP_ROLE} ${ATTRIBUTES} PASSWORD ${pg.escapeLiteral(password)}`);
}

async function handOverDatabase(client: pg.Client, name: string): Promise<void> {
  await client.query('BEGIN');
  await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
  const { rows } = await client.query<{ statement: string }>(HANDED_OVER);
  for (const { statement } of rows) await client.query(statement);
  await client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} OWNER TO ${APP_ROLE}`);
  await client.query('COMMIT');
}
