import { acting } from '../../features/api/acting.server.ts';
import {
  cancelReplay,
  pauseReplay,
  resumeReplay,
  type ControlOutcome,
} from '../../features/delivery/replays/control-replay.server.ts';
import { type Notice, noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import { parseReplayControl, replayControlFields } from '../../features/delivery/replays/replay-form.ts';
import { readFields } from '../../lib/http/form-fields.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { storableText } from '../../lib/storable.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

const VERBS = { pause: pauseReplay, resume: resumeReplay, cancel: cancelReplay };

/** Pauses, resumes or cancels a replay: `/api/replays/:id/(pause|resume|cancel)`. */
export const action = acting('dead_letters.replay', async ({ actor, form, context, params }) => {
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
