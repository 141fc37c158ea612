import type { Services } from '../../lib/services.server.ts';
import { readArrivalFigures } from '../alerts/read-arrival-figures.server.ts';
import { readReconciliation } from '../arrival/comparison/read-reconciliation.view.server.ts';
import { readProof } from '../arrival/connect/read-proof.server.ts';
import { RANGES } from './chart.ts';
import type { Range } from './overview.ts';
import { readDelays } from './read-delays.server.ts';
import { arrivalCard, type ArrivalCard } from './arrival-card.ts';

/**
 * Whether messages arrive, from what is on record; null: nothing is connected, so nothing is expected.
 * @param wish.range of the delays that are drawn
 */
export async function readArrivalCard(
  services: Services,
  { range, now }: { range: Range; now: Date },
): Promise<ArrivalCard | null> {
  const { db, config } = services;
  if (!config.connection) return null;
  const [arrival, comparison, proof, delays] = await Promise.all([
    readArrivalFigures(db.pool, now),
    readReconciliation(services, { now }),
    readProof(db.pool, now),
    readDelays(db.pool, RANGES[range], now),
  ]);
  return arrivalCard({ arrival, comparison, proof, delays }, now);
}
