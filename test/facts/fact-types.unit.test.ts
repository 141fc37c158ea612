import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { FACTS } from '../../app/features/facts/fact-types.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/facts.md'), 'utf8');
const rows = new Map(
  [...page.matchAll(/^\| `(support\.[^`]+)` \| [^|]+ \| ([^|]*)\|([^|]*)\|$/gm)].map(
    ([, type, value, metadata]) => [type!, { value: names(value!), metadata: names(metadata!) }],
  ),
);

function names(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

/** null: any fields. */
function fieldsOf(schema: z.ZodType): string[] | null {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : null;
}

test('docs/facts.md tells of each type of fact, and of no other', () => {
  expect([...rows.keys()]).toEqual(Object.keys(FACTS));
});

test.each(Object.entries(FACTS))('docs/facts.md names what is in %s', (type, { value, metadata }) => {
  const said = rows.get(type)!;
  const [ofValue, ofMetadata] = [fieldsOf(value), fieldsOf(metadata)];
  if (ofValue) expect(said.value).toEqual(ofValue);
  if (ofMetadata) expect(said.metadata).toEqual(ofMetadata);
});
