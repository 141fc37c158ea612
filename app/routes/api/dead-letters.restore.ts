import type { ActionFunctionArgs } from '@remix-run/node';
import { authorizeForm } from '../../features/access/authorize.server.ts';
import { type Notice, notUnderstood } from '../../features/delivery/dead-letters/notice-words.ts';
import {
  restoreDeadLetters,
  type RestoreOutcome,
} from '../../features/delivery/dead-letters/discard-dead-letters.server.ts';
import { selectionFromParams } from '../../features/delivery/dead-letters/selection.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { storableText } from '../../lib/storable.ts';
import { withNotice } from '../../lib/notice.ts';

export const loader = methodNotAllowed;

/** Takes discards back, by number (`id`). */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const { actor, form } = await authorizeForm({ request, context }, 'dead_letters.restore');
  const now = context.services.db.clock.now();
  const selection = selectionFromParams(form.fields, now);
  if (!selection.ok || !('ids' in selection.value)) {
    if (form.wantsJson)
      return problemResponse(notUnderstood('Name the discarded dead letters by their numbers, in id.'));
    const location = withNotice<Notice>(form.returnTo, { code: 'not_understood' });
    return answerForm(form, { status: 400, body: {}, location });
  }
  const outcome = await restoreDeadLetters(context.services, {
    ids: selection.value.ids,
    actor,
    reason: storableText(form.fields.get('reason') ?? '', 500),
    now,
  });
  const { status, notice } = answerOf(outcome);
  return answerForm(form, { status, body: outcome, location: withNotice<Notice>(form.returnTo, notice) });
}

function answerOf(outcome: RestoreOutcome): { status: number; notice: Notice } {
  switch (outcome.outcome) {
    case 'restored':
      return { status: 200, notice: { code: 'restored', n: outcome.ids.length } };
    case 'not_discarded':
      return { status: 409, notice: { code: 'not_discarded' } };
  }
}
