import { acting } from '../../features/api/acting.server.ts';
import { refuseTextSearch } from '../../features/access/authorize.server.ts';
import {
  DISCARD_FIELDS,
  discardDeadLetters,
  type DiscardOutcome,
} from '../../features/delivery/dead-letters/discard-dead-letters.server.ts';
import { type Notice, noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import { selectionFromParams } from '../../features/delivery/dead-letters/selection.ts';
import { readFields } from '../../lib/http/form-fields.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';
import { storableText } from '../../lib/storable.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

/** Discards dead letters with a reason (`reason`). */
export const action = acting('dead_letters.discard', async ({ actor, form, context }) => {
  const refused = refuseTextSearch(actor, form.fields);
  if (refused) return refused;
  const now = context.services.db.clock.now();
  const selection = selectionFromParams(form.fields, now);
  const sent = readFields(DISCARD_FIELDS, form.fields);
  if (!selection.ok) {
    if (form.wantsJson) return problemResponse(notUnderstood(selection.problem));
    const location = withNotice<Notice>(form.returnTo, { code: 'not_understood' });
    return answerForm(form, { status: 400, body: {}, location });
  }
  const outcome = await discardDeadLetters(context.services, {
    selection: selection.value,
    actor,
    reason: sent.ok ? storableText(sent.value.reason, 500) : '',
    now,
  });
  const { status, notice } = answerOf(outcome);
  const location = withNotice<Notice>(form.returnTo, notice);
  return answerForm(form, { status, body: outcome, location, say: noticeText });
});

function answerOf(outcome: DiscardOutcome): { status: number; notice: Notice } {
  switch (outcome.outcome) {
    case 'discarded':
      return {
        status: 200,
        notice: { code: 'discarded', n: outcome.count, inReplay: outcome.inReplay || undefined },
      };
    case 'in_replay':
      return {
        status: 409,
        notice: { code: 'discard_in_replay', replay: outcome.replayIds[0] ?? 0 },
      };
    case 'nothing_to_discard':
      return { status: 404, notice: { code: 'nothing_to_discard' } };
    case 'reason_missing':
      return { status: 400, notice: { code: outcome.outcome } };
  }
}
