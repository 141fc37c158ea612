import pg from 'pg';

/** What the app made in its schema, as statements that remove it. What an extension brought stays. */
const DROPS = `
SELECT statement FROM (
  SELECT CASE c.relkind WHEN 'S' THEN 2 ELSE 1 END AS step, format('DROP %s IF EXISTS %I CASCADE', CASE c.relkind
    WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname) AS statement,
    'pg_class'::regclass AS class, c.oid AS object
  FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  UNION ALL
  SELECT 3, format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure), 'pg_proc'::regclass, p.oid
  FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
  UNION ALL
  SELECT 4, format('DROP TYPE IF EXISTS %I CASCADE', t.typname), 'pg_type'::regclass, t.oid
  FROM pg_type t WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype IN ('e', 'd')
) made WHERE NOT EXISTS (
  -- An identity's sequence goes with its table.
  SELECT FROM pg_depend d WHERE d.classid = made.class AND d.objid = made.object AND d.deptype IN ('e', 'i'))
ORDER BY step`;

/** Empties the schema, in the transaction that is open. */
export async function dropEverything(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(DROPS);
  for (const { statement } of rows) await client.query(statement);
}

const KEYS = `
SELECT c.conrelid::regclass::text AS table, quote_ident(c.conname) AS name, pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace`;

const TRIGGERS = `
SELECT t.tgrelid::regclass::text AS table, quote_ident(t.tgname) AS name, t.tgenabled AS mode
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relnamespace = current_schema()::regnamespace`;

const ENABLE: Record<string, string> = { O: 'ENABLE', A: 'ENABLE ALWAYS', R: 'ENABLE REPLICA' };

/**
 * Makes the tables ready for rows in any order that are as they were: without what the migrations put in, without the keys
 * between them, and without the triggers that number, chain and protect.
 * @returns puts keys and triggers back; fails when a row has no partner
 */
export async function openForLoading(client: pg.ClientBase): Promise<() => Promise<void>> {
  const keys = await client.query<{ table: string; name: string; definition: string }>(KEYS);
  const triggers = await client.query<{ table: string; name: string; mode: string }>(TRIGGERS);
  for (const { table, name } of keys.rows) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  for (const { table, name } of triggers.rows)
    await client.query(`ALTER TABLE ${table} DISABLE TRIGGER ${name}`);
  const tables = await client.query<{ tables: string }>(
    `SELECT string_agg(c.oid::regclass::text, ', ') AS tables FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'`,
  );
  await client.query(`TRUNCATE ${tables.rows[0]!.tables}`);
  return async () => {
    for (const { table, name, definition } of keys.rows)
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
    for (const { table, name, mode } of triggers.rows)
      await client.query(`ALTER TABLE ${table} ${ENABLE[mode]!} TRIGGER ${name}`);
  };
}
