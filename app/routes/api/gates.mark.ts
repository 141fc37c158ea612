import { acting } from '../../features/api/acting.server.ts';
import { type GateNotice, gateNoticeText } from '../../features/recovery/gate-item.ts';
import { markItem } from '../../features/recovery/gate-marks.server.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { withNotice } from '../../lib/notice.ts';
import { parseRowNumber } from '../../lib/http/form-fields.ts';

export const loader = methodNotAllowed;

/** Ticks an item of a checklist, or takes the tick back: `gate`, `incident`, `item`, `done` (yes or no), `note`. */
export const action = acting('gates.check', async ({ actor, form, context }) => {
  const { fields } = form;
  const answer = (status: number, notice: GateNotice['code'], body: { outcome: string }) => {
    const location = withNotice<GateNotice>(form.returnTo, { code: notice });
    return answerForm(form, { status, body, location, say: gateNoticeText });
  };
  const gate = fields.get('gate');
  const done = fields.get('done');
  if ((gate !== 'restore' && gate !== 'recovery') || (done !== 'yes' && done !== 'no'))
    return answer(400, 'gate_not_understood', { outcome: 'not_understood' });
  const outcome = await markItem(context.services, {
    gate,
    incidentId: parseRowNumber(fields.get('incident')),
    item: fields.get('item') ?? '',
    done: done === 'yes',
    note: fields.get('note'),
    actor,
    now: context.services.db.clock.now(),
  });
  switch (outcome.outcome) {
    case 'marked':
      return answer(200, done === 'yes' ? 'gate_ticked' : 'gate_unticked', outcome);
    case 'unknown_item':
      return answer(404, 'gate_unknown_item', outcome);
    case 'unknown_incident':
      return answer(404, 'gate_unknown_incident', outcome);
  }
});
