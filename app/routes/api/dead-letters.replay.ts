import { acting } from '../../features/api/acting.server.ts';
import { refuseTextSearch } from '../../features/access/authorize.server.ts';
import { type Notice, noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import {
  replayDeadLetters,
  type ReplayOutcome,
} from '../../features/delivery/replays/start-replay.server.ts';
import { parseReplayForm } from '../../features/delivery/replays/replay-form.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

/** Starts a replay of one, selected, matching or all open dead letters. */
export const action = acting('dead_letters.replay', async ({ actor, form, context }) => {
  const refused = refuseTextSearch(actor, form.fields);
  if (refused) return refused;
  const now = context.services.db.clock.now();
  const parsed = parseReplayForm(form.fields, now);
  if (!parsed.ok) {
    if (form.wantsJson) return problemResponse(notUnderstood(parsed.problem));
    const location = withNotice<Notice>(form.returnTo, { code: 'not_understood' });
    return answerForm(form, { status: 400, body: {}, location });
  }
  const outcome = await replayDeadLetters(context.services, { ...parsed.value, actor, now });
  const { status, notice } = answerOf(outcome);
  const location = withNotice<Notice>(form.returnTo, notice);
  return answerForm(form, { status, body: outcome, location, say: noticeText });
});

function answerOf(outcome: ReplayOutcome): { status: number; notice: Notice } {
  switch (outcome.outcome) {
    case 'started':
      return {
        status: 202,
        notice: { code: 'replay_started', n: outcome.total, replay: outcome.replayId },
      };
    case 'already_replayed':
      // What was asked for is done or under way: not an error.
      return { status: 200, notice: { code: 'already_replayed', n: outcome.ids.length } };
    case 'nothing_to_replay':
      return { status: 200, notice: { code: 'nothing_to_replay' } };
    case 'discarded':
      return { status: 409, notice: { code: 'entries_discarded', n: outcome.ids.length } };
    case 'still_rejects':
      return { status: 409, notice: { code: 'still_rejects', n: outcome.refused } };
    case 'not_found':
      return { status: 404, notice: { code: 'not_found' } };
  }
}
