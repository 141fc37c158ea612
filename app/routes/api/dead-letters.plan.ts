import { acting } from '../../features/api/acting.server.ts';
import { refuseTextSearch } from '../../features/access/authorize.server.ts';
import { planReplay } from '../../features/delivery/replays/plan-replay.server.ts';
import { parseReplayForm } from '../../features/delivery/replays/replay-form.ts';
import { methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';

export const loader = methodNotAllowed;

/** Dry run of a replay, as JSON: what the same form would do if it were sent to `replay`. */
export const action = acting('dead_letters.replay', async ({ actor, form, context }) => {
  const refused = refuseTextSearch(actor, form.fields);
  if (refused) return refused;
  const parsed = parseReplayForm(form.fields, context.services.db.clock.now());
  if (!parsed.ok) return problemResponse(notUnderstood(parsed.problem));
  const plan = await planReplay(context.services, parsed.value);
  return Response.json(plan, { headers: { 'Cache-Control': 'no-store' } });
});
