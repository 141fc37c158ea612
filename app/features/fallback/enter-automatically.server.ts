import type { Services } from '../../lib/services.server.ts';
import { SYSTEM } from '../audit/actor.ts';
import { NO_CHECKLIST, toggleFallback } from './toggle-fallback.server.ts';

/**
 * Switches fallback mode on when a rule of FALLBACK_AUTO_RULES fires. Once for each time it fires: after a person has
 * switched it off, the same alarm does not switch it on again.
 * @returns whether it did
 */
export async function enterAutomatically(services: Services, now: Date): Promise<boolean> {
  const { FALLBACK_AUTO_RULES: rules } = services.config;
  if (rules.length === 0) return false;
  const { rows } = await services.db.pool.query<{ rule: string; words: string; version: number }>(
    `SELECT a.rule, a.words, m.version FROM alerts a CROSS JOIN fallback_mode m
     WHERE m.state = 'off' AND a.state = 'firing' AND a.rule = ANY($1)
       AND a.since > COALESCE((SELECT max(ended_at) FROM fallback_runs), '-infinity')
     ORDER BY a.severity, a.since, a.rule LIMIT 1`,
    [rules],
  );
  const firing = rows[0];
  if (!firing) return false;
  const outcome = await toggleFallback(services, {
    to: 'on',
    reason: `By rule ${firing.rule}: ${firing.words}`,
    restoreGate: NO_CHECKLIST,
    actor: SYSTEM,
    rule: firing.rule,
    now,
    version: firing.version,
  });
  return outcome.outcome === 'switched';
}
