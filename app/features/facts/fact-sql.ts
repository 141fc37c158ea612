import type { FactType } from './fact-types.ts';

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
