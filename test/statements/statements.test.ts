import pg from 'pg';
import { getConstructionPlans } from 'pg-boss';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { describe, type Column } from './describe.ts';
import { readStatements, type Kind, type Statement } from './statements.ts';

/**
 * How many statements may be put together while the program runs, of names that a caller gives or of conditions that a
 * selection adds. The tests of their features run those.
 */
const MOST_PUT_TOGETHER = 50;

/** Columns that may be null in the table, and whose writer sees to it that they are not where they are read. */
const NEVER_NULL = new Set([
  // Of a message that was fetched, and every message is of a conversation.
  'app/features/arrival/comparison/read-withheld.server.ts: conversation',
  // Written with the end of the drill.
  'app/features/drill/drill-database.server.ts: reason',
]);

test('every statement is one for the migrated database, and its columns are those of the declared row', async () => {
  const statements = readStatements();
  const database = await createTestDatabase();
  const client = new pg.Client(database.url);
  await client.connect();
  // The queue's own tables, which it makes when it starts.
  await client.query(getConstructionPlans('pgboss'));
  const wrong = new Set<string>();
  try {
    for (const statement of statements)
      for (const text of statement.texts ?? [])
        for (const words of await problemsOf(client, statement, text))
          wrong.add(`${statement.where}: ${words}`);
  } finally {
    await client.end();
    await database.drop();
  }
  expect([...wrong]).toEqual([]);
  // The reader finds what there is to find.
  expect(statements.length).toBeGreaterThan(500);
  const puzzles = statements.filter(({ texts }) => texts === null).map(({ where }) => where);
  expect(puzzles.length, puzzles.join('\n')).toBeLessThanOrEqual(MOST_PUT_TOGETHER);
}, 300_000);

async function problemsOf(client: pg.Client, statement: Statement, text: string): Promise<string[]> {
  try {
    return differences(statement, text, await describe(client, text));
  } catch (error) {
    return [`${String(error)}: ${text}`];
  }
}

function differences({ where, row }: Statement, text: string, columns: Column[]): string[] {
  const found = new Map(columns.map((column) => [column.name, column]));
  return [...(row ?? [])].flatMap(([name, declared]) => {
    const column = found.get(name);
    if (!column) return [`there is no column ${name}`];
    const kinds = [...declared.kinds];
    // Beyond 2^53 a bigint comes as text; it is a number elsewhere.
    const isBig = column.type === 'bigint' && declared.kinds.has('number');
    const comesAs = (kind: Kind) => kind === 'any' || kind === column.kind || (isBig && kind === 'string');
    const fits = column.kind === 'any' || kinds.every(comesAs);
    if (!fits) return [`${name} is ${column.type}, not ${kinds.join(' or ')}`];
    const isNever = NEVER_NULL.has(`${where.replace(/:\d+$/, '')}: ${name}`);
    const mayBeNull = column.nullable !== null && !saysNotNull(text, column.nullable) && !isNever;
    return mayBeNull && !declared.nullable ? [`${name} can be null`] : [];
  });
}

/** Whether the statement itself leaves out rows in which the column is null. */
const saysNotNull = (text: string, column: string) =>
  new RegExp(`\\b${column} (IS NOT NULL|= ANY\\(|= \\w+\\.|[<>]=? )`).test(text);
