import { databaseNow } from '../../lib/database-now.server.ts';
import type { Reading } from '../../lib/reading.ts';
import { readGatedIncident } from './read-gated-incident.server.ts';
import { readRecoveryInput } from './read-recovery-input.server.ts';
import { judgeRecovery } from './recovery-gate.ts';
import type { RecoveryItem } from './recovery-input.ts';

/**
 * What the recovery of an incident still lacks, judged on everything that is on record by now.
 * @param reading over the connection of the transaction that resolves the incident: what is recorded while somebody
 *   decides, a check that fails, counts
 * @returns null when nothing is lacking, or there is no such incident
 */
export async function readUnproved(reading: Reading, incidentId: number): Promise<string | null> {
  const incident = await readGatedIncident(reading.db.pool, incidentId);
  if (!incident) return null;
  const now = await databaseNow(reading.db.pool);
  return lackingWords(judgeRecovery(await readRecoveryInput(reading, incident, now), now).items);
}

/** What is not done, with its evidence, in one line; null when everything is. */
export function lackingWords(items: readonly RecoveryItem[]): string | null {
  const lacking = items.filter(({ done }) => !done);
  return lacking.map(({ title, evidence }) => `${title}: ${evidence}`).join(' ') || null;
}
