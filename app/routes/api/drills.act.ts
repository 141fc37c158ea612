import { acting } from '../../features/api/acting.server.ts';
import { actInDrill, type ActInDrillOutcome } from '../../features/drill/request-drill.server.ts';
import { ACTS, type DrillDone, drillNotice } from '../../features/drill/drill-view.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { parseRowNumber } from '../../lib/http/form-fields.ts';

export const loader = methodNotAllowed;

const STATUS: Record<ActInDrillOutcome['outcome'] | 'not_understood', number> = {
  asked: 202,
  ended: 200,
  not_running: 409,
  not_found: 404,
  not_understood: 400,
};

/** Does something in a drill: acknowledge, publish, fallback_on, fallback_off, repair, end. */
export const action = acting('drill.run', async ({ actor, form, context, params }) => {
  const act = ACTS.find((one) => one === params.act);
  const drillId = parseRowNumber(params.id);
  const outcome =
    act && drillId !== null
      ? await actInDrill(context.services, { drillId, act, actor, now: context.services.db.clock.now() })
      : ({ outcome: 'not_understood' } as const);
  const done: DrillDone = outcome.outcome;
  const status = STATUS[done];
  // What was asked for stands on the page itself, with what came of it.
  const notice = done === 'asked' ? '' : `?done=${done}`;
  const location = `/drill/${drillId ?? ''}${notice}`;
  return answerForm(form, {
    status,
    body: outcome,
    location,
    say: (query) => drillNotice(query.get('done')),
  });
});
