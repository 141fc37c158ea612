import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { acting } from '../../features/api/acting.server.ts';
import { type Notice, noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import {
  cancelReplay,
  type ControlOutcome,
  pauseReplay,
  resumeReplay,
} from '../../features/delivery/replays/control-replay.server.ts';
import { replayProgress } from '../../features/delivery/replays/read-replays.server.ts';
import { parseReplayControl, replayControlFields } from '../../features/delivery/replays/replay-form.ts';
import { answerForm, methodNotAllowed, onlyRead } from '../../lib/http/form-action.server.ts';
import { parseRowNumber, readFields } from '../../lib/http/form-fields.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';
import { storableText } from '../../lib/storable.ts';

/** How far a replay is: `GET /api/replays/:id`. */
export async function loader({ request, context, params }: LoaderFunctionArgs): Promise<Response> {
  if (params.verb !== undefined) return methodNotAllowed();
  await authorize({ request, context }, 'page.read');
  const id = parseRowNumber(params.id);
  const progress =
    id === null ? null : await replayProgress(context.services, id, context.services.db.clock.now());
  if (!progress)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'There is no replay with that number.',
    });
  return Response.json(progress, { headers: { 'Cache-Control': 'no-store' } });
}

const VERBS = { pause: pauseReplay, resume: resumeReplay, cancel: cancelReplay };

/** Pauses, resumes or cancels a replay: `/api/replays/:id/(pause|resume|cancel)`. */
const control = acting('dead_letters.replay', async ({ actor, form, context, params }) => {
  const wanted = parseReplayControl(params.id, params.verb);
  if (!wanted)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'A replay is changed at /api/replays/NUMBER/pause, /resume or /cancel.',
    });
  const { replayId, verb } = wanted;
  const sent = readFields(replayControlFields, form.fields);
  const outcome = await VERBS[verb](context.services, {
    replayId,
    actor,
    reason: storableText(sent.ok ? (sent.value.reason ?? '') : '', 500) || undefined,
    now: context.services.db.clock.now(),
  });
  const { status, notice } = answerOf(outcome, replayId);
  const location = withNotice<Notice>(form.returnTo, notice);
  return answerForm(form, { status, body: outcome, location, say: noticeText });
});

function answerOf(outcome: ControlOutcome, replay: number): { status: number; notice: Notice } {
  switch (outcome.outcome) {
    case 'paused':
    case 'resumed':
      return { status: 200, notice: { code: outcome.outcome, replay } };
    case 'cancelled':
      return { status: 200, notice: { code: 'cancelled', n: outcome.givenBack, replay } };
    case 'wrong_state':
      return { status: 409, notice: { code: 'replay_not_changed', replay } };
    case 'still_rejects':
      return { status: 409, notice: { code: 'replay_not_resumed', n: outcome.refused, replay } };
    case 'not_found':
      return { status: 404, notice: { code: 'replay_not_found' } };
  }
}

export const action = async (call: ActionFunctionArgs): Promise<Response> =>
  call.params.verb === undefined ? onlyRead() : control(call);
