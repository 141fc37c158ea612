import type { Services } from '../../../lib/services.server.ts';
import { clockWords } from '../../../lib/time-words.ts';
import { planProbes, type ProbePlan } from '../probes/plan-probes.ts';
import { runProbe } from '../probes/run-probe.server.ts';
import { chatwootSide, type Finding, nextStepFor } from './finding.ts';

const OURS = new Set(['chatwoot.api', 'smtp', 'database']);

/**
 * What Chatwoot and this app stand on: Chatwoot's own word on its database and Redis, mail, PostgreSQL, the additional
 * targets.
 * @param services without `db` where the database is away
 */
export async function investigateDependencies(
  { config, db }: Pick<Services, 'config'> & Partial<Pick<Services, 'db'>>,
  now: Date,
): Promise<Finding[]> {
  const plans = planProbes(config).filter(
    ({ probe, kind }) => (OURS.has(probe) || probe.startsWith('target:')) && (db || kind !== 'database'),
  );
  return Promise.all(
    plans.map(async (plan): Promise<Finding> => {
      const { outcome, errorClass, detail } = await runProbe(plan, { config, db });
      const title = plan.probe === 'chatwoot.api' ? "Chatwoot's queue and database" : plan.label;
      const ok = outcome === 'ok';
      return {
        what: 'dependencies',
        title,
        ok,
        evidence: `${title}: ${detail} (${clockWords(now)}).`,
        nextStep: ok ? null : nextStepFor(errorClass, sideOf(plan, config.CHATWOOT_HOSTING)),
      };
    }),
  );
}

function sideOf({ component, label, url }: ProbePlan, hosting: 'self_hosted' | 'saas') {
  if (component === 'chatwoot') return chatwootSide(url, hosting);
  return { label, host: url ? new URL(url).hostname : 'this machine', logs: 'look at its logs' };
}
