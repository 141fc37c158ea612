import { refuseTextSearch } from '../../features/access/authorize.server.ts';
import { acting, byLastPart } from '../../features/api/acting.server.ts';
import {
  DISCARD_FIELDS,
  discardDeadLetters,
  type DiscardOutcome,
  RESTORE_FIELDS,
  restoreDeadLetters,
  type RestoreOutcome,
} from '../../features/delivery/dead-letters/discard-dead-letters.server.ts';
import { type Notice, noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import { selectionFromParams } from '../../features/delivery/dead-letters/selection.ts';
import { planReplay } from '../../features/delivery/replays/plan-replay.server.ts';
import { parseReplayForm } from '../../features/delivery/replays/replay-form.ts';
import {
  replayDeadLetters,
  type ReplayOutcome,
} from '../../features/delivery/replays/start-replay.server.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { readFields } from '../../lib/http/form-fields.ts';
import { notUnderstood, problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';
import { storableText } from '../../lib/storable.ts';

/** Starts a replay of one, selected, matching or all open dead letters. */
const replay = acting('dead_letters.replay', async ({ actor, form, context }) => {
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
  const { status, notice } = answerReplay(outcome);
  const location = withNotice<Notice>(form.returnTo, notice);
  return answerForm(form, { status, body: outcome, location, say: noticeText });
});

function answerReplay(outcome: ReplayOutcome): { status: number; notice: Notice } {
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

/** Dry run of a replay, as JSON: what the same form would do if it were sent to `replay`. */
const plan = acting('dead_letters.replay', async ({ actor, form, context }) => {
  const refused = refuseTextSearch(actor, form.fields);
  if (refused) return refused;
  const parsed = parseReplayForm(form.fields, context.services.db.clock.now());
  if (!parsed.ok) return problemResponse(notUnderstood(parsed.problem));
  const plan = await planReplay(context.services, parsed.value);
  return Response.json(plan, { headers: { 'Cache-Control': 'no-store' } });
});

/** Discards dead letters with a reason (`reason`). */
const discard = acting('dead_letters.discard', async ({ actor, form, context }) => {
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
  const { status, notice } = answerDiscard(outcome);
  const location = withNotice<Notice>(form.returnTo, notice);
  return answerForm(form, { status, body: outcome, location, say: noticeText });
});

function answerDiscard(outcome: DiscardOutcome): { status: number; notice: Notice } {
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

/** Takes discards back, by number (`id`). */
const restore = acting('dead_letters.restore', async ({ actor, form, context }) => {
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
  const { status, notice } = answerRestore(outcome);
  const location = withNotice<Notice>(form.returnTo, notice);
  return answerForm(form, { status, body: outcome, location, say: noticeText });
});

function answerRestore(outcome: RestoreOutcome): { status: number; notice: Notice } {
  switch (outcome.outcome) {
    case 'restored':
      return { status: 200, notice: { code: 'restored', n: outcome.ids.length } };
    case 'not_discarded':
      return { status: 409, notice: { code: 'not_discarded' } };
  }
}

export const loader = methodNotAllowed;

export const action = byLastPart({ replay, plan, discard, restore });
