import { type ActionFunctionArgs, json, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { acting } from '../../features/api/acting.server.ts';
import { ACTS, type DrillDone, drillNotice } from '../../features/drill/drill-view.ts';
import { durationsOf } from '../../features/drill/durations.ts';
import { listDrills } from '../../features/drill/read-drills.server.ts';
import {
  actInDrill,
  type ActInDrillOutcome,
  drillWishes,
  requestDrill,
} from '../../features/drill/request-drill.server.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { parseRowNumber } from '../../lib/http/form-fields.ts';

/** Drills, the newest first, each with how long its parts took by its clock, ms. */
export async function loader({ request, context, params }: LoaderFunctionArgs) {
  if (params.act !== undefined) return methodNotAllowed();
  await authorize({ request, context }, 'page.read');
  const drills = await listDrills(context.services);
  return json(
    { drills: drills.map((drill) => ({ ...drill, durationsMs: durationsOf(drill) })) },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

/** Begins a drill: `scenario`, `speed` 1 to 60, `notify` marked or simulated, `repair_after` drill minutes or empty. */
const begin = acting('drill.run', async ({ actor, form, context }) => {
  const wishes = drillWishes(form.fields);
  const outcome = wishes
    ? await requestDrill(context.services, { wishes, actor, now: context.services.db.clock.now() })
    : ({ outcome: 'not_understood' } as const);
  if (outcome.outcome === 'requested')
    return answerForm(form, {
      status: 202,
      body: outcome,
      location: `/drill/${outcome.drillId}?done=requested`,
    });
  return answerForm(form, {
    status: outcome.outcome === 'not_understood' ? 400 : 409,
    body: outcome,
    location: `/drill?done=${outcome.outcome}`,
    say: (query) => drillNotice(query.get('done')),
  });
});

const STATUS: Record<ActInDrillOutcome['outcome'] | 'not_understood', number> = {
  asked: 202,
  ended: 200,
  not_running: 409,
  not_found: 404,
  not_understood: 400,
};

/** Does something in a drill: acknowledge, publish, fallback_on, fallback_off, repair, end. */
const actIn = acting('drill.run', async ({ actor, form, context, params }) => {
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

export const action = (call: ActionFunctionArgs) => (call.params.act === undefined ? begin : actIn)(call);
