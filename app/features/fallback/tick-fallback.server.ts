import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { SYSTEM } from '../audit/actor.ts';
import {
  type ClaimedStep,
  claimStep,
  finishStep,
  type FallbackStepResult,
} from './steps/claim-step.server.ts';
import { closeInbox, reopenInbox } from './steps/close-inbox.server.ts';
import { giveNotice } from './steps/give-notice.server.ts';
import { silenceWebhooks, wakeWebhooks } from './steps/silence-webhooks.server.ts';
import { fillGuides, tellIncidents } from './tell-incidents.server.ts';
import { NO_CHECKLIST, toggleFallback } from './toggle-fallback.server.ts';

/**
 * One turn of the worker: switches fallback mode on where a rule asks for it, ticks off what it did in the incidents'
 * guides, and does the next step that is due. A step that was interrupted is done again: each finds what it had put down, and what it changes it can change twice.
 * @returns whether there may be more to do at once
 */
export async function tickFallback(services: Services, now: Date): Promise<boolean> {
  const entered = await enterAutomatically(services, now);
  if (await fillGuides(services, now)) services.changes.announce('page');
  const step = await claimStep(services, now);
  if (!step) return entered;
  if (step.kind === 'notice') await giveNotice(services, step, now);
  else {
    const result = await doStep(services, step);
    await recordResult(services, step, result, now);
    services.log.info(
      {
        run: step.runId,
        direction: step.direction,
        step: step.kind,
        target: step.target,
        outcome: result.outcome,
      },
      'fallback step',
    );
  }
  services.changes.announce('page');
  services.changes.announce('work');
  return true;
}

/** What a step came to, also in the timeline of every open incident; a try that is repeated is not told. */
function recordResult(
  services: Services,
  step: ClaimedStep,
  result: FallbackStepResult,
  now: Date,
): Promise<void> {
  return inTransaction(services.db.pool, async (client) => {
    const state = await finishStep(client, step, result, { owner: services.processId, now });
    if (state !== 'done' && state !== 'failed') return;
    const { rows } = await client.query<{ title: string }>(
      'SELECT title FROM fallback_actions WHERE id = $1',
      [step.id],
    );
    await tellIncidents(client, {
      kind: `fallback_step_${state}`,
      text: `${rows[0]!.title}: ${state === 'failed' ? 'failed. ' : ''}${result.result}`,
      actor: null,
      now,
      data: { run: step.runId, step: step.id },
    });
  });
}

function doStep(services: Services, step: ClaimedStep): Promise<FallbackStepResult> | FallbackStepResult {
  if (step.direction === 'on' && step.ended)
    return { outcome: 'cancelled', result: 'Given up: fallback mode was switched off meanwhile.' };
  if (step.kind === 'inbox')
    return step.direction === 'on' ? closeInbox(services, step) : reopenInbox(services, step);
  return step.direction === 'on' ? silenceWebhooks(services, step) : wakeWebhooks(services, step);
}

/**
 * Switches fallback mode on when a rule of FALLBACK_AUTO_RULES fires. Once for each time it fires: after a person has
 * switched it off, the same alarm does not switch it on again.
 * @returns whether it did
 */
async function enterAutomatically(services: Services, now: Date): Promise<boolean> {
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
