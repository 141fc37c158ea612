import type { Services } from '../../lib/services.server.ts';
import { readCanaryEvidence } from './read-canary-evidence.server.ts';
import { readMarks } from './read-marks.server.ts';
import { readOutageStart } from './read-outage-start.server.ts';
import { readProbes } from './read-probes.server.ts';
import { judgeRestore, type RestoreGate } from './restore-gate.ts';

/**
 * The restore automation checklist of the runbook's section 3 as it stands now. While `open` is true at least one item is
 * not done, and fallback mode is switched off only with an override.
 */
export async function readRestoreGate(services: Services, now: Date): Promise<RestoreGate> {
  const { pool } = services.db;
  const [since, probes, canary, marks, told] = await Promise.all([
    readOutageStart(pool),
    readProbes(pool, now),
    readCanaryEvidence(pool),
    readMarks(pool, 'restore', null),
    pool.query<{ id: number; at: Date }>(
      `SELECT id, finished_at AS at FROM notifications WHERE kind = 'fallback_off' AND state = 'accepted'
       ORDER BY id DESC LIMIT 1`,
    ),
  ]);
  const [message] = told.rows;
  const teamTold = message ? { at: message.at, evidence: `Message ${message.id} was accepted.` } : null;
  return judgeRestore({ since, probes, canary, marks, teamTold }, now);
}
