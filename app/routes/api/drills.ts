import { acting } from '../../features/api/acting.server.ts';
import { json, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { drillWishes, requestDrill } from '../../features/drill/request-drill.server.ts';
import { drillNotice } from '../../features/drill/drill-view.ts';
import { listDrills } from '../../features/drill/read-drills.server.ts';
import { durationsOf } from '../../features/drill/durations.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';

/** Drills, the newest first, each with how long its parts took by its clock, ms. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'page.read');
  const drills = await listDrills(context.services);
  return json(
    { drills: drills.map((drill) => ({ ...drill, durationsMs: durationsOf(drill) })) },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

/** Begins a drill: `scenario`, `speed` 1 to 60, `notify` marked or simulated, `repair_after` drill minutes or empty. */
export const action = acting('drill.run', async ({ actor, form, context }) => {
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
