import type pg from 'pg';

interface Column {
  table: string;
  name: string;
  type: string;
  required: boolean;
  hasDefault: boolean;
  allowed: string | null;
  parent: string | null;
  parentColumn: string | null;
}

const COLUMNS = `
SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AS required,
  a.atthasdef OR a.attidentity <> '' AS "hasDefault",
  (SELECT substring(pg_get_constraintdef(k.oid) FROM '''([^'']+)''') FROM pg_constraint k
   WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum] AND pg_get_constraintdef(k.oid) LIKE '%= ANY%' LIMIT 1) AS allowed,
  (SELECT confrelid::regclass::text FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey[1] = a.attnum LIMIT 1) AS parent,
  (SELECT p.attname FROM pg_constraint k JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = k.confkey[1]
   WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey[1] = a.attnum LIMIT 1) AS "parentColumn"
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY c.relname, a.attnum`;

/** What COPY has to write in a way of its own: tab, line feed, backslash, its mark for NULL, quotes, an emoji. */
const ODD = '\t\n\\N \\. "’ 🙂';

function valueOf({ type, allowed, table, name }: Column): string {
  if (allowed !== null) return `'${allowed}'`;
  if (type.endsWith('[]')) return `ARRAY[$odd$${ODD}$odd$]::${type}`;
  if (/^(text|character varying)/.test(type)) return `$odd$${table}.${name} ${ODD}$odd$`;
  if (/^(integer|bigint|smallint|numeric)$/.test(type)) return '1';
  if (/^(double precision|real)$/.test(type)) return '0.1';
  if (/^timestamp/.test(type)) return "'2024-11-29T10:00:00.123Z'";
  if (type === 'tstzmultirange')
    return "'{[2024-11-29T10:00:00Z,2024-11-29T10:05:00Z),[2024-11-29T11:00:00Z,2024-11-29T11:05:00Z)}'";
  if (type === 'date') return "'2024-11-29'";
  if (type === 'boolean') return 'true';
  if (type === 'uuid') return 'gen_random_uuid()';
  if (type === 'bytea') return "decode('000a5c09ff', 'hex')";
  if (/^jsonb?$/.test(type)) return `json_build_object('odd', $odd$${ODD}$odd$)::${type}`;
  throw new Error(`no value for ${type}`);
}

/** Tables whose checks compare columns, and what they want. */
const SPECIAL: Record<string, Record<string, string>> = {
  people: { email: "'mara@example.com'" },
  on_call_rotations: { hand_over: "'09:00'" },
  on_call_overrides: { to_at: "'2024-11-30T10:00:00Z'" },
  drills: { speed: '10' },
  drill_runs: { speed: '10', repair_after: '5', state: "'done'", ended_at: 'now()' },
};

/** Puts a row into every table that has none. @returns the tables that still have none, with why */
export async function fillEveryTable(client: pg.ClientBase): Promise<Record<string, string>> {
  const { rows } = await client.query<Column>(COLUMNS);
  const tables = [...Map.groupBy(rows, ({ table }) => table)];
  let failed: Record<string, string> = {};
  // Parents first, in as many rounds as they need.
  for (let round = 0; round < 6; round++) {
    failed = {};
    for (const [table, columns] of tables) {
      const { rowCount } = await client.query(`SELECT FROM "${table}" LIMIT 1`);
      if (rowCount) continue;
      const tries = [
        columns.filter(({ hasDefault, allowed }) => !hasDefault || allowed === null),
        columns.filter(({ required, hasDefault }) => required && !hasDefault),
        columns.filter(({ hasDefault }) => !hasDefault),
      ];
      for (const chosen of tries) {
        const failure = await insert(client, table, chosen);
        if (failure === null) {
          delete failed[table];
          break;
        }
        failed[table] = failure;
      }
    }
  }
  return failed;
}

async function insert(client: pg.ClientBase, table: string, columns: Column[]): Promise<string | null> {
  const special = SPECIAL[table] ?? {};
  const names = [...new Set([...columns.map(({ name }) => name), ...Object.keys(special)])];
  const values = names.map((name) => {
    const column = columns.find((one) => one.name === name);
    if (special[name] !== undefined) return special[name];
    if (column!.parent) return `(SELECT "${column!.parentColumn}" FROM ${column!.parent} LIMIT 1)`;
    return valueOf(column!);
  });
  const into = names.map((name) => `"${name}"`).join(', ');
  return client
    .query(
      names.length > 0
        ? `INSERT INTO "${table}" (${into}) OVERRIDING SYSTEM VALUE VALUES (${values.join(', ')})`
        : `INSERT INTO "${table}" DEFAULT VALUES`,
    )
    .then(
      () => null,
      (error: Error) => error.message,
    );
}
