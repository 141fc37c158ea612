import type { ActionFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import type { Actor } from '../../features/audit/actor.ts';
import { requestSteps, retryStep } from '../../features/fallback/change-steps.server.ts';
import type { FallbackDone } from '../../features/fallback/fallback-notices.ts';
import { optionsFromParams } from '../../features/fallback/fallback-options.ts';
import { restoreSkipped } from '../../features/fallback/restore-skipped.server.ts';
import { answerForm, methodNotAllowed, receiveForm } from '../../lib/form-action.server.ts';
import type { Services } from '../../lib/services.server.ts';

export const loader = methodNotAllowed;

/** `do=add` (`inbox`, `webhook`), `do=retry` (`step`), `do=restore` (`run`, `seq` several; none: all of the run). */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const actor = await authorize({ request, context }, 'fallback.toggle');
  const form = await receiveForm(request, context.services.config.APP_URL);
  if (form instanceof Response) return form;
  const outcome = await change(context.services, form.fields, actor, new Date());
  const status =
    outcome === 'not_understood' ? 400 : ['requested', 'retried', 'restored'].includes(outcome) ? 200 : 409;
  return answerForm(form, { status, body: { outcome }, location: `/fallback?done=${outcome}` });
}

async function change(
  services: Services,
  fields: URLSearchParams,
  actor: Actor,
  now: Date,
): Promise<FallbackDone> {
  const number = (name: string) => Number(fields.get(name) ?? NaN);
  switch (fields.get('do')) {
    case 'add': {
      const options = optionsFromParams(fields);
      if (!options) return 'not_understood';
      return (await requestSteps(services, { options, actor, now })).outcome;
    }
    case 'retry': {
      const stepId = number('step');
      if (!Number.isSafeInteger(stepId)) return 'not_understood';
      return (await retryStep(services, { stepId, actor, now })).outcome;
    }
    case 'restore': {
      const runId = number('run');
      const seqs = fields.getAll('seq').map(Number);
      if (!Number.isSafeInteger(runId) || !seqs.every(Number.isSafeInteger)) return 'not_understood';
      return (await restoreSkipped(services, { runId, seqs: seqs.length > 0 ? seqs : 'all', actor, now }))
        .outcome;
    }
    case null:
    default:
      return 'not_understood';
  }
}
