import type pg from 'pg';

/** Appends one fact; pass the client of the transaction that makes the change it tells of. */
export async function recordFact(
  client: pg.ClientBase,
  fact: {
    type: string;
    value: Record<string, unknown>;
    metadata?: Record<string, unknown>;
    now: Date;
  },
): Promise<void> {
  await client.query(
    "INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at) VALUES ($1, 'support', $2, $3, $4)",
    [fact.type, fact.value, fact.metadata ?? {}, fact.now],
  );
}
