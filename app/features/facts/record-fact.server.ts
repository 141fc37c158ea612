import type pg from 'pg';
import { storableJson } from '../../lib/storable.ts';
import type { FactMetadata, FactType, FactValue } from './fact-types.ts';

/** A fact to be written. */
export type NewFact<Type extends FactType = FactType> = {
  [One in Type]: {
    type: One;
    value: FactValue<One>;
    /** When it happened. */
    now: Date;
  } & (Record<never, never> extends FactMetadata<One>
    ? { metadata?: FactMetadata<One> }
    : { metadata: FactMetadata<One> });
}[Type];

/** Appends one fact; pass the client of the transaction that makes the change it tells of. */
export async function recordFact(
  db: Pick<pg.ClientBase, 'query'>,
  { type, value, metadata, now }: NewFact,
): Promise<void> {
  await db.query(
    "INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at) VALUES ($1, 'support', $2, $3, $4)",
    [type, storableJson(value), storableJson(metadata ?? {}), now],
  );
}

/** A type of fact as SQL literal, for statements that read facts: a name that does not exist is no program. */
export const factType = (type: FactType): string => `'${type}'`;

/** Several of them, for `IN (…)`. */
export const factTypes = (types: readonly FactType[]): string => types.map(factType).join(', ');

/**
 * The beginning of a statement that writes one fact for each row of what follows (`FROM …`), within a larger statement.
 * @param columns SQL expressions: `value` and `metadata` as jsonb in the shape of the type, `at` as timestamptz
 */
export const insertFacts = (
  type: FactType,
  { value, metadata = "'{}'::jsonb", at }: { value: string; metadata?: string; at: string },
): string => `INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
  SELECT ${factType(type)}, 'support', ${value}, ${metadata}, ${at}`;
