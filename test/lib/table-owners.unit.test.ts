import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Files that read tables of another owner, once for each such table. It may only fall: read through the owner's verb or view. */
const FOREIGN_READS = 190;

/** Statements whose table is a variable: look at each by hand. */
const WRITES_ANY_TABLE = [
  // Every table, emptied of what the migrations put in, before a backup is loaded.
  'app/features/backup/copy-tables.server.ts',
  // Four of its own tables.
  'app/features/waiting/conversation-identity.server.ts',
  // When the database's clock was set back, stored times become now, whoever owns them (docs/decisions/0003-tables.md).
  'app/worker/clock-loop.server.ts',
];

interface Use {
  file: string;
  table: string;
}

const schema = readFileSync('prisma/schema.prisma', 'utf8');
const TABLE_OF_MODEL = new Map(
  [...schema.matchAll(/^model (\w+) \{(.*?)^\}/gms)].map(([, model, body]) => [
    `${model![0]!.toLowerCase()}${model!.slice(1)}`,
    /@@map\("(\w+)"\)/.exec(body!)![1]!,
  ]),
);

function readOwners(): Map<string, string> {
  const [tables] = readFileSync('docs/decisions/0003-tables.md', 'utf8').split('\n`fact_rollups`:');
  const owners = new Map<string, string>();
  for (const line of tables!.split('\n')) {
    const [, names, owner] = line.split('|');
    const named = /^ `([\w/]+)` $/.exec(owner ?? '');
    if (named) for (const [, table] of names!.matchAll(/`(\w+)`/g)) owners.set(table!, named[1]!);
  }
  return owners;
}

/** Whether a file lies in the owner's folder: of `app/features`, or of `app` when the owner names two. */
const isOf = (owner: string, file: string) =>
  file.startsWith(owner.includes('/') ? `app/${owner}/` : `app/features/${owner}/`);

const WRITES =
  /\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|MERGE\s+INTO)\s+(?:ONLY\s+)?"?(\w+)/g;
const READS = /\b(?:FROM|JOIN|USING)\s+(?:ONLY\s+)?"?([a-z_]+)/g;
const ANY_WRITE = /(?<!FOR )\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE)\s+(?:ONLY\s+)?"?\$\{/;
const MODEL_WRITES = /\.(\w+)\.(?:create|update|delete|upsert)(?:Many|ManyAndReturn)?\(/g;
const MODEL_READS = /\.(\w+)\.(?:find\w+|count|aggregate|groupBy)\(/g;

const named = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name!);

/** What a source text does with tables that it does not own. */
function foreign(file: string, text: string, owners: ReadonlyMap<string, string>) {
  const uses = (tables: string[]): Use[] =>
    [...new Set(tables)]
      .filter((table) => owners.has(table) && !isOf(owners.get(table)!, file))
      .map((table) => ({ file, table }));
  const models = (pattern: RegExp) =>
    named(text, pattern).flatMap((model) => TABLE_OF_MODEL.get(model) ?? []);
  return {
    writes: uses([...named(text, WRITES), ...models(MODEL_WRITES)]),
    // `DELETE FROM` is no read.
    reads: uses([...named(text.replace(/DELETE\s+FROM/g, ''), READS), ...models(MODEL_READS)]),
    writesAnyTable: ANY_WRITE.test(text),
  };
}

describe('tables have owners', () => {
  const owners = readOwners();
  const files = globSync('app/**/*.{ts,tsx}').filter((file) => !file.startsWith('app/generated/'));
  const found = files.map((file) => ({ file, ...foreign(file, readFileSync(file, 'utf8'), owners) }));

  it('names the owner of every table, and no folder that is not there', () => {
    expect([...TABLE_OF_MODEL.values()].filter((table) => !owners.has(table))).toEqual([]);
    expect([...new Set(owners.values())].filter((owner) => !files.some((file) => isOf(owner, file)))).toEqual(
      [],
    );
  });

  it('finds a foreign write and a foreign read, however they are written', () => {
    const text = `UPDATE deliveries SET x = 1; INSERT INTO
      leases (x) SELECT x FROM contacts JOIN waits USING (x); prisma.incident.updateMany({}); DELETE FROM people`;
    const { writes, reads } = foreign('app/features/delivery/x.ts', text, owners);
    expect(writes.map(({ table }) => table)).toEqual(['people', 'incidents']);
    expect(reads.map(({ table }) => table)).toEqual(['contacts', 'waits']);
  });

  it('are written to by their owner alone', () => {
    expect(found.flatMap(({ writes }) => writes)).toEqual([]);
    expect(
      found
        .filter(({ writesAnyTable }) => writesAnyTable)
        .map(({ file }) => file)
        .sort(),
    ).toEqual(WRITES_ANY_TABLE);
  });

  it('are read by others no more often than before', () => {
    const reads = found.flatMap((use) => use.reads);
    expect(reads.length).toBeLessThanOrEqual(FOREIGN_READS);
  });
});
