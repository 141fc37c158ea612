import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { claimStep, finishStep, type ClaimedStep, type StepResult } from './claim-step.server.ts';
import { enterAutomatically } from './enter-automatically.server.ts';
import { fillGuides } from './fill-guides.server.ts';
import { closeInbox, reopenInbox } from './steps/inbox.server.ts';
import { giveNotice } from './steps/notice.server.ts';
import { tellIncidents } from './tell-incidents.server.ts';
import { silenceWebhooks, wakeWebhooks } from './steps/webhook.server.ts';

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
function recordResult(services: Services, step: ClaimedStep, result: StepResult, now: Date): Promise<void> {
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

function doStep(services: Services, step: ClaimedStep): Promise<StepResult> | StepResult {
  if (step.direction === 'on' && step.ended)
    return { outcome: 'cancelled', result: 'Given up: fallback mode was switched off meanwhile.' };
  if (step.kind === 'inbox')
    return step.direction === 'on' ? closeInbox(services, step) : reopenInbox(services, step);
  return step.direction === 'on' ? silenceWebhooks(services, step) : wakeWebhooks(services, step);
}
