import type { Config } from '../../lib/config.ts';
import type { Figures, Reading } from './reading.ts';
import { readArrivalRules } from './rules-arrival.ts';
import { readDeliveryRules } from './rules-delivery.ts';
import { readHealthRules } from './rules-health.ts';
import { readServiceRules } from './rules-service.ts';

/** Every rule, worst first; see docs/decisions/0008-outages.md. Pure: what was recorded in, what it means out. */
export function readRules(figures: Figures, config: Config, now: Date): Reading[] {
  return [
    ...readHealthRules(figures, config, now),
    ...readArrivalRules(figures, now),
    ...readDeliveryRules(figures, config, now),
    ...readServiceRules(figures, config, now),
  ];
}
