import type { ActionFunctionArgs } from '@remix-run/node';
import { authorizeFormUnlessAway } from '../../features/access/authorize.server.ts';
import type { Actor } from '../../features/audit/actor.ts';
import {
  requestSteps,
  type RequestStepsOutcome,
  restoreSkipped,
  type RestoreSkippedOutcome,
  retryStep,
  type RetryStepOutcome,
} from '../../features/fallback/steps/change-steps.server.ts';
import { awayNotice, type FallbackDone } from '../../features/fallback/fallback-words.ts';
import { optionsFromParams } from '../../features/fallback/fallback-view.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { parseRowNumber } from '../../lib/http/row-number.ts';

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
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const { actor, form } = await authorizeFormUnlessAway({ request, context }, 'fallback.toggle', WHEN_AWAY);
  const outcome = await change(context.services, form.fields, actor, context.services.db.clock.now());
  const status = STATUS[outcome] ?? 409;
  return answerForm(form, { status, body: { outcome }, location: `/fallback?done=${outcome}` });
}

async function change(
  services: Services,
  fields: URLSearchParams,
  actor: Actor,
  now: Date,
): Promise<FallbackDone> {
  switch (fields.get('do')) {
    case 'add': {
      const options = optionsFromParams(fields);
      if (!options) return 'not_understood';
      return codeOf(await requestSteps(services, { options, actor, now }));
    }
    case 'retry': {
      const stepId = parseRowNumber(fields.get('step'));
      if (stepId === null) return 'not_understood';
      return codeOf(await retryStep(services, { stepId, actor, now }));
    }
    case 'restore': {
      const runId = parseRowNumber(fields.get('run'));
      const named = fields.getAll('seq');
      const seqs = named.flatMap((seq) => parseRowNumber(seq) ?? []);
      if (runId === null || seqs.length < named.length) return 'not_understood';
      return codeOf(
        await restoreSkipped(services, { runId, seqs: seqs.length > 0 ? seqs : 'all', actor, now }),
      );
    }
    case null:
    default:
      return 'not_understood';
  }
}

const codeOf = (outcome: RequestStepsOutcome | RetryStepOutcome | RestoreSkippedOutcome): FallbackDone =>
  outcome.outcome === 'database_away' ? awayNotice(outcome) : outcome.outcome;
