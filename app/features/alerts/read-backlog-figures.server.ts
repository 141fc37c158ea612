import type pg from 'pg';
import type { Config } from '../../lib/config.ts';
import type { BacklogFigures } from './reading.ts';

/** How long customers wait, as far as it is recorded. Unknown until conversations are. */
export function readBacklogFigures(
  _client: pg.ClientBase,
  _config: Config,
  _now: Date,
): Promise<BacklogFigures> {
  return Promise.resolve({ averageResponseSeconds: null, slaBreaches: null });
}
