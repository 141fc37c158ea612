import pg from 'pg';
import { asSuperuser, DATABASE, SUPERUSER, type Access } from './cluster.server.ts';

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
