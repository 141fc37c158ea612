import type pg from 'pg';
import type { CauseEvidence } from './likely-cause.ts';

/** Refusals that say that whoever posts has another secret or token than we, see intake/rejection.ts. */
export const FOR_PROOF = [
  'missing_signature',
  'bad_signature',
  'stale_signature',
  'missing_token',
  'bad_token',
  'not_connected',
  'secrets_unreadable',
];

const OTHER: Record<string, { words: string; cure: string }> = {
  too_large: {
    words: 'larger than WEBHOOK_MAX_BODY_BYTES allows',
    cure: 'Raise WEBHOOK_MAX_BODY_BYTES and restart; what was refused is fetched by comparison.',
  },
};

type Refusals = Pick<CauseEvidence, 'refusedForProof' | 'refusedOtherwise'>;

/** What this app refused since a moment, to the minute. */
export async function readRefusals(pool: pg.Pool, since: Date): Promise<Refusals> {
  const { rows } = await pool.query<{ label: string; n: number }>(
    `SELECT label, sum(n)::float8 AS n FROM fact_rollups
     WHERE resolution = 'minute' AND metric = 'rejected' AND bucket >= date_bin('1 minute', $1::timestamptz, 'epoch')
     GROUP BY label ORDER BY n DESC`,
    [since],
  );
  const forProof = rows.filter(({ label }) => FOR_PROOF.includes(label));
  const [other] = rows.filter(({ label }) => !FOR_PROOF.includes(label));
  return {
    refusedForProof: forProof.reduce((total, { n }) => total + n, 0),
    refusedOtherwise: other
      ? {
          count: other.n,
          ...(OTHER[other.label] ?? {
            words: `for another reason (${other.label.replaceAll('_', ' ')})`,
            cure: 'See what was refused on the overview, and what stands between Chatwoot and this app.',
          }),
        }
      : null,
  };
}
