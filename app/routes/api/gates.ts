import { json, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { acting, byLastPart } from '../../features/api/acting.server.ts';
import { type GateNotice, gateNoticeText } from '../../features/recovery/gate-item.ts';
import { markItem } from '../../features/recovery/gate-marks.server.ts';
import { GATES_QUERY, readRecoveryPage } from '../../features/recovery/read-recovery-gate.server.ts';
import { answerForm, methodNotAllowed, onlyRead } from '../../lib/http/form-action.server.ts';
import { parseRowNumber, readFields } from '../../lib/http/form-fields.ts';
import { problemResponse } from '../../lib/http/problem.ts';
import { withNotice } from '../../lib/notice.ts';

/** Both gates and the newest canary, for programs; `incident` chooses whose recovery. */
async function read({ request, context }: LoaderFunctionArgs): Promise<Response> {
  await authorize({ request, context }, 'page.read');
  const query = readFields(GATES_QUERY, new URL(request.url).searchParams);
  const found = query.ok
    ? await readRecoveryPage(context.services, {
        incidentId: query.value.incident ?? null,
        now: context.services.db.clock.now(),
      })
    : null;
  if (!found)
    return problemResponse({
      status: 404,
      title: 'Not found',
      code: 'not_found',
      detail: 'There is no incident with that number.',
    });
  return json(found, { headers: { 'Cache-Control': 'no-store' } });
}

/** Ticks an item of a checklist, or takes the tick back: `gate`, `incident`, `item`, `done` (yes or no), `note`. */
const mark = acting('gates.check', async ({ actor, form, context }) => {
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

export const loader = byLastPart({ gates: read, mark: methodNotAllowed });

export const action = byLastPart({ gates: () => onlyRead(), mark });
