import type pg from 'pg';
import type { ProofView } from './proof-view.ts';
import { PROOF_MS } from './prove-arrival.server.ts';

interface Row {
  startedAt: Date;
  endedAt: Date | null;
  arrived: boolean | null;
  sentence: string | null;
  cause: string | null;
  cure: string | null;
}

/** One that has not ended after this belonged to a process that did, ms. */
const LONGEST_MS = 3 * PROOF_MS;

export async function readProof(pool: pg.Pool, now: Date): Promise<ProofView> {
  const { rows } = await pool.query<Row>(
    'SELECT started_at AS "startedAt", ended_at AS "endedAt", arrived, sentence, cause, cure FROM arrival_proof',
  );
  const [row] = rows;
  if (!row) return { state: 'none' };
  const { startedAt, endedAt, arrived, sentence, cause, cure } = row;
  if (endedAt)
    return {
      state: arrived ? 'proved' : 'not_proved',
      at: endedAt.toISOString(),
      sentence: sentence ?? '',
      cause,
      cure,
    };
  if (now.getTime() - startedAt.getTime() < LONGEST_MS)
    return { state: 'running', since: startedAt.toISOString() };
  return {
    state: 'not_proved',
    at: startedAt.toISOString(),
    sentence: 'Not proved: the process that tried it ended before the test message came.',
    cause: null,
    cure: 'Send another test message.',
  };
}
