import type { ActionFunctionArgs } from '@remix-run/node';
import { authorizeForm, refuseTextSearch } from '../../features/access/authorize.server.ts';
import { notUnderstood } from '../../features/delivery/dead-letters/notice-words.ts';
import { planReplay } from '../../features/delivery/replays/plan-replay.server.ts';
import { parseReplayForm } from '../../features/delivery/replays/replay-form.ts';
import { methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';

export const loader = methodNotAllowed;

/** Dry run of a replay, as JSON: what the same form would do if it were sent to `replay`. */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const { actor, form } = await authorizeForm({ request, context }, 'dead_letters.replay');
  const refused = refuseTextSearch(actor, form.fields);
  if (refused) return refused;
  const parsed = parseReplayForm(form.fields, context.services.db.clock.now());
  if (!parsed.ok) return problemResponse(notUnderstood(parsed.problem));
  const plan = await planReplay(context.services, parsed.value);
  return Response.json(plan, { headers: { 'Cache-Control': 'no-store' } });
}
