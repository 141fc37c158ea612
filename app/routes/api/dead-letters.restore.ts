import { acting } from '../../features/api/acting.server.ts';
import { type Notice, noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import {
  RESTORE_FIELDS,
  restoreDeadLetters,
  type RestoreOutcome,
} from '../../features/delivery/dead-letters/discard-dead-letters.server.ts';
import { selectionFromParams } from '../../features/delivery/dead-letters/selection.ts';
import { readFields } from '../../lib/http/form-fields.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';
import { storableText } from '../../lib/storable.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

/** Takes discards back, by number (`id`). */
export const action = acting('dead_letters.restore', async ({ actor, form, context }) => {
  const now = context.services.db.clock.now();
  const selection = selectionFromParams(form.fields, now);
  const sent = readFields(RESTORE_FIELDS, form.fields);
  if (!sent.ok || !selection.ok || !('ids' in selection.value)) {
    if (form.wantsJson)
      return problemResponse(notUnderstood('Name the discarded dead letters by their numbers, in id.'));
    const location = withNotice<Notice>(form.returnTo, { code: 'not_understood' });
    return answerForm(form, { status: 400, body: {}, location });
  }
  const outcome = await restoreDeadLetters(context.services, {
    ids: selection.value.ids,
    actor,
    reason: storableText(sent.value.reason ?? '', 500),
    now,
  });
  const { status, notice } = answerOf(outcome);
  const location = withNotice<Notice>(form.returnTo, notice);
  return answerForm(form, { status, body: outcome, location, say: noticeText });
});

function answerOf(outcome: RestoreOutcome): { status: number; notice: Notice } {
  switch (outcome.outcome) {
    case 'restored':
      return { status: 200, notice: { code: 'restored', n: outcome.ids.length } };
    case 'not_discarded':
      return { status: 409, notice: { code: 'not_discarded' } };
  }
}
