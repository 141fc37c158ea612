import type pg from 'pg';
import type { Kind } from './statements.ts';

export interface Column {
  name: string;
  kind: Kind;
  type: string;
  /** The table's column that it is taken from as it is, when that may be null. */
  nullable: string | null;
}

interface Field {
  name: string;
  dataTypeID: number;
  tableID: number;
  columnID: number;
}

/** Has PostgreSQL parse and analyse a statement without running it. @returns its columns @throws what PostgreSQL says */
export async function describe(client: pg.Client, text: string): Promise<Column[]> {
  const fields = await new Promise<Field[]>((resolve, reject) =>
    client.query(new Description(text, resolve, reject)),
  );
  const { rows } = await client.query<{ type: string; category: string; nullable: string | null }>(
    `SELECT format_type(t.oid, NULL) AS type, t.typcategory AS category,
       CASE WHEN NOT a.attnotnull AND c.relkind IN ('r', 'p') THEN a.attname END AS nullable
     FROM unnest($1::oid[], $2::oid[], $3::int[]) WITH ORDINALITY AS f (type, rel, col, at)
     JOIN pg_type t ON t.oid = f.type
     LEFT JOIN pg_class c ON c.oid = f.rel LEFT JOIN pg_attribute a ON a.attrelid = f.rel AND a.attnum = f.col AND f.col > 0
     ORDER BY f.at`,
    [
      fields.map((field) => field.dataTypeID),
      fields.map((field) => field.tableID),
      fields.map((field) => field.columnID),
    ],
  );
  return rows.map((row, at) => ({ ...row, name: fields[at]!.name, kind: kindOf(row) }));
}

/** What the driver makes of a column: pool.server.ts has int8 read as a number, as far as that is exact. */
function kindOf({ type, category }: { type: string; category: string }): Kind {
  if (type === 'json' || type === 'jsonb' || type === 'void') return 'any';
  if (category === 'A') return 'array';
  if (category === 'B') return 'boolean';
  if (/^(smallint|integer|bigint|real|double precision|oid)$/.test(type)) return 'number';
  if (/^(timestamp|date)/.test(type)) return 'Date';
  if (type === 'bytea') return 'Buffer';
  return type === 'interval' ? 'object' : 'string';
}

/** What node-postgres asks of a query that speaks the protocol itself: Parse, Describe, Sync, and no Execute. */
class Description {
  private readonly text: string;
  private readonly resolve: (fields: Field[]) => void;
  private readonly reject: (error: Error) => void;
  private fields: Field[] = [];

  constructor(text: string, resolve: (fields: Field[]) => void, reject: (error: Error) => void) {
    this.text = text;
    this.resolve = resolve;
    this.reject = reject;
  }

  submit(connection: pg.Connection): void {
    connection.parse({ name: '', text: this.text, types: [] }, false);
    connection.describe({ type: 'S', name: '' }, false);
    connection.sync();
  }

  handleRowDescription({ fields }: { fields: Field[] }): void {
    this.fields = fields;
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve(this.fields);
  }
}
