import { json, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../../features/access/authorize.server.ts';
import { acting, byLastPart } from '../../features/api/acting.server.ts';
import type { Actor } from '../../features/audit/actor.ts';
import { optionsOf, STEP_FIELDS, TOGGLE_FIELDS } from '../../features/fallback/fallback-form.ts';
import { awayNotice, type FallbackDone, fallbackNotice } from '../../features/fallback/fallback-words.ts';
import { planFallback } from '../../features/fallback/plan-fallback.server.ts';
import { listFallbackRuns, readFallbackState } from '../../features/fallback/read-fallback.server.ts';
import {
  requestSteps,
  type RequestStepsOutcome,
  restoreSkipped,
  type RestoreSkippedOutcome,
  retryStep,
  type RetryStepOutcome,
} from '../../features/fallback/steps/change-steps.server.ts';
import { toggleFallback, type ToggleOutcome } from '../../features/fallback/toggle-fallback.server.ts';
import {
  judgeRestoreIn,
  openItems,
  readRestoreGate,
} from '../../features/recovery/restore/read-restore-gate.server.ts';
import { answerForm, methodNotAllowed } from '../../lib/http/form-action.server.ts';
import { readFields, withFields } from '../../lib/http/form-fields.ts';
import type { Services } from '../../lib/services.server.ts';

/** Where fallback mode stands, with its latest run, what waits, and the restore checklist. */
async function read({ request, context }: LoaderFunctionArgs) {
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
  requested: 200,
  retried: 200,
  restored: 200,
  not_understood: 400,
  reason_missing: 400,
  database_away: 503,
  database_lost: 503,
};

const WHEN_AWAY = '/fallback?done=database_away' satisfies `/fallback?done=${FallbackDone}`;

/** Switches fallback mode. */
const toggle = acting(
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

/** `do=add` (`inbox`, `webhook`), `do=retry` (`step`), `do=restore` (`run`, `seq` several; none: all of the run). */
const steps = acting(
  'fallback.toggle',
  async ({ actor, form, context }) => {
    const outcome = await change(context.services, form.fields, actor, context.services.db.clock.now());
    const status = STATUS[outcome] ?? 409;
    return answerForm(form, {
      status,
      body: { outcome },
      location: `/fallback?done=${outcome}`,
      say: (query) => fallbackNotice(query.get('done')),
    });
  },
  WHEN_AWAY,
);

async function change(
  services: Services,
  fields: URLSearchParams,
  actor: Actor,
  now: Date,
): Promise<FallbackDone> {
  const wish = fields.get('do');
  switch (wish) {
    case 'add':
      return codeOf(
        await withFields(STEP_FIELDS[wish], fields, (value) =>
          requestSteps(services, { options: optionsOf(value), actor, now }),
        ),
      );
    case 'retry':
      return codeOf(
        await withFields(STEP_FIELDS[wish], fields, ({ step }) =>
          retryStep(services, { stepId: step, actor, now }),
        ),
      );
    case 'restore':
      return codeOf(
        await withFields(STEP_FIELDS[wish], fields, ({ run, seq }) =>
          restoreSkipped(services, { runId: run, seqs: seq.length > 0 ? seq : 'all', actor, now }),
        ),
      );
    case null:
    default:
      return 'not_understood';
  }
}

type Outcome =
  | RequestStepsOutcome
  | RetryStepOutcome
  | RestoreSkippedOutcome
  | { outcome: 'text_missing' | 'not_understood' };

function codeOf(outcome: Outcome): FallbackDone {
  if (outcome.outcome === 'database_away') return awayNotice(outcome);
  return outcome.outcome === 'text_missing' ? 'not_understood' : outcome.outcome;
}

export const loader = byLastPart({ toggle: read, steps: methodNotAllowed });

export const action = byLastPart({ toggle, steps });
