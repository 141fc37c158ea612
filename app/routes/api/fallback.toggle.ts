import { acting } from '../../features/api/acting.server.ts';
import { json, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { listFallbackRuns, readFallbackState } from '../../features/fallback/read-fallback.server.ts';
import { awayNotice, type FallbackDone, fallbackNotice } from '../../features/fallback/fallback-words.ts';
import { optionsOf, TOGGLE_FIELDS } from '../../features/fallback/fallback-form.ts';
import { planFallback } from '../../features/fallback/plan-fallback.server.ts';
import { toggleFallback, type ToggleOutcome } from '../../features/fallback/toggle-fallback.server.ts';
import {
  judgeRestoreIn,
  openItems,
  readRestoreGate,
} from '../../features/recovery/restore/read-restore-gate.server.ts';
import { readFields } from '../../lib/http/form-fields.ts';
import { answerForm } from '../../lib/http/form-action.server.ts';

/** Where fallback mode stands, with its latest run, what waits, and the restore checklist. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'page.read');
  const { services } = context;
  const now = services.db.clock.now();
  const [state, runs, gate, { held, skipped }] = await Promise.all([
    readFallbackState(services),
    listFallbackRuns(services, 1),
    readRestoreGate(services, now),
    planFallback(services, { direction: 'off', now }),
  ]);
  const body = {
    ...state,
    run: runs[0] ?? null,
    waiting: { held, skipped },
    checklist: { open: gate.open, items: openItems(gate.items) },
  };
  return json(body, { headers: { 'Cache-Control': 'no-store' } });
}

const STATUS: Partial<Record<FallbackDone, number>> = {
  on: 200,
  off: 200,
  not_understood: 400,
  reason_missing: 400,
  database_away: 503,
  database_lost: 503,
};

const WHEN_AWAY = '/fallback?done=database_away' satisfies `/fallback?done=${FallbackDone}`;

/** Switches fallback mode. */
export const action = acting(
  'fallback.toggle',
  async ({ actor, form, context }) => {
    const { services } = context;
    const answer = (code: FallbackDone, body: object) =>
      answerForm(form, {
        status: STATUS[code] ?? 409,
        body: { ...body, outcome: code === 'on' || code === 'off' ? 'switched' : code },
        location: `/fallback?done=${code}`,
        say: (query) => fallbackNotice(query.get('done')),
      });
    const sent = readFields(TOGGLE_FIELDS, form.fields);
    if (!sent.ok) return answer(sent.field === 'reason' ? 'reason_missing' : 'not_understood', {});
    const { to, reason, override, version } = sent.value;
    const outcome: ToggleOutcome = await toggleFallback(services, {
      to,
      reason,
      options: optionsOf(sent.value),
      overrideReason: override,
      restoreGate: judgeRestoreIn,
      actor,
      now: services.db.clock.now(),
      version,
    });
    switch (outcome.outcome) {
      case 'switched':
        return answer(outcome.state, outcome);
      case 'not_switched':
      case 'reason_missing':
      case 'checklist_open':
        return answer(outcome.outcome, outcome);
      case 'database_away':
        return answer(awayNotice(outcome), {});
    }
  },
  WHEN_AWAY,
);
