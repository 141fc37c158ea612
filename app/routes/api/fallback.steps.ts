import { acting } from '../../features/api/acting.server.ts';
import type { Actor } from '../../features/audit/actor.ts';
import {
  requestSteps,
  type RequestStepsOutcome,
  restoreSkipped,
  type RestoreSkippedOutcome,
  retryStep,
  type RetryStepOutcome,
} from '../../features/fallback/steps/change-steps.server.ts';
import { awayNotice, type FallbackDone, fallbackNotice } from '../../features/fallback/fallback-words.ts';
import { optionsOf, STEP_FIELDS } from '../../features/fallback/fallback-form.ts';
import { withFields } from '../../lib/http/form-fields.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import type { Services } from '../../lib/services.server.ts';

export const loader = methodNotAllowed;

const WHEN_AWAY = '/fallback?done=database_away' satisfies `/fallback?done=${FallbackDone}`;

const STATUS: Partial<Record<FallbackDone, number>> = {
  requested: 200,
  retried: 200,
  restored: 200,
  not_understood: 400,
  database_away: 503,
  database_lost: 503,
};

/** `do=add` (`inbox`, `webhook`), `do=retry` (`step`), `do=restore` (`run`, `seq` several; none: all of the run). */
export const action = acting(
  'fallback.toggle',
  async ({ actor, form, context }) => {
    const outcome = await change(context.services, form.fields, actor, context.services.db.clock.now());
    const status = STATUS[outcome] ?? 409;
    return answerForm(form, {
      status,
      body: { outcome },
      location: `/fallback?done=${outcome}`,
      say: (query) => fallbackNotice(query.get('done')),
    });
  },
  WHEN_AWAY,
);

async function change(
  services: Services,
  fields: URLSearchParams,
  actor: Actor,
  now: Date,
): Promise<FallbackDone> {
  const wish = fields.get('do');
  switch (wish) {
    case 'add':
      return codeOf(
        await withFields(STEP_FIELDS[wish], fields, (value) =>
          requestSteps(services, { options: optionsOf(value), actor, now }),
        ),
      );
    case 'retry':
      return codeOf(
        await withFields(STEP_FIELDS[wish], fields, ({ step }) =>
          retryStep(services, { stepId: step, actor, now }),
        ),
      );
    case 'restore':
      return codeOf(
        await withFields(STEP_FIELDS[wish], fields, ({ run, seq }) =>
          restoreSkipped(services, { runId: run, seqs: seq.length > 0 ? seq : 'all', actor, now }),
        ),
      );
    case null:
    default:
      return 'not_understood';
  }
}

type Outcome =
  | RequestStepsOutcome
  | RetryStepOutcome
  | RestoreSkippedOutcome
  | { outcome: 'text_missing' | 'not_understood' };

function codeOf(outcome: Outcome): FallbackDone {
  if (outcome.outcome === 'database_away') return awayNotice(outcome);
  return outcome.outcome === 'text_missing' ? 'not_understood' : outcome.outcome;
}
