import { CHATWOOT_GUIDE } from './guide-chatwoot.ts';
import { DELIVERY_GUIDE } from './guide-delivery.ts';
import { ARRIVAL_GUIDE, INTAKE_GUIDE, MANUAL_GUIDE, NETWORK_GUIDE, TARGET_GUIDE } from './guide-other.ts';
import type { GuideContext, GuidePhase, GuideStepDefinition } from './guide-steps.ts';
import { clockWords } from '../../../lib/time-words.ts';
import type { GuideStep, LadderRow } from '../incident-view.ts';

/** A step that was done, skipped or checked. */
export interface StepRecord {
  step: string;
  state: 'done' | 'failed' | 'skipped';
  at: Date;
  by: string;
  evidence: string | null;
}

/** The runbook's steps for a kind of outage. */
export function guideFor(cause: string): GuidePhase[] {
  if (cause === 'chatwoot') return CHATWOOT_GUIDE;
  if (cause === 'delivery') return DELIVERY_GUIDE;
  if (cause === 'intake') return INTAKE_GUIDE;
  if (cause === 'arrival') return ARRIVAL_GUIDE;
  if (cause === 'network') return NETWORK_GUIDE;
  return cause.startsWith('target:') ? TARGET_GUIDE : MANUAL_GUIDE;
}

const meantFor = (step: GuideStepDefinition, hosting: GuideContext['hosting']) =>
  step.hosting === undefined || step.hosting === hosting;

/** A step of the guide for a cause; null when it has none of that name. */
export function findStep(
  cause: string,
  key: string,
  hosting: GuideContext['hosting'],
): GuideStepDefinition | null {
  const steps = guideFor(cause).flatMap(({ steps }) => steps);
  return steps.find((step) => step.key === key && meantFor(step, hosting)) ?? null;
}

/**
 * The guide as it stands. Steps of the escalation are done when the ladder has told everybody they name.
 * @param speed of the drill, else 1: the phases' clocks are divided by it
 */
export function buildGuide(
  context: GuideContext,
  records: readonly StepRecord[],
  ladder: readonly LadderRow[],
  speed: number,
): GuideStep[] {
  return guideFor(context.cause).flatMap(({ phase, minutes, steps }) =>
    steps
      .filter((step) => meantFor(step, context.hosting))
      .map((step): GuideStep => {
        const record =
          overtaken(
            step,
            phase,
            context,
            ladder,
            records.find((one) => one.step === step.key),
          ) ?? toldRecord(step, ladder);
        const link = step.link?.(context) ?? null;
        return {
          key: step.key,
          phase,
          phaseMinutes: minutes === null ? null : minutes / speed,
          title: step.title,
          help: step.help ?? null,
          state: record?.state ?? 'open',
          at: record?.at.toISOString() ?? null,
          by: record?.by ?? null,
          evidence: record?.evidence ?? null,
          how: step.check ? 'app' : link ? 'link' : 'person',
          link,
          text: step.text?.(context) ?? null,
          registers: step.registers ?? false,
        };
      }),
  );
}

function toldRecord(step: GuideStepDefinition, ladder: readonly LadderRow[]): StepRecord | null {
  if (!step.roles) return null;
  const told = step.roles.map((role) => ladder.find((row) => row.role === role && row.toldAt !== null));
  if (!told.every((row) => row !== undefined)) return null;
  const last = told.map((row) => row.toldAt!).reduce((a, b) => (a > b ? a : b));
  return {
    step: step.key,
    state: 'done',
    at: new Date(last),
    by: APP,
    evidence: told.map((row) => `${row.role} told at ${row.toldAt!.slice(11, 19)} UTC`).join('; '),
  };
}

const APP = 'Outage Center';

/**
 * How a step stands that nobody has done: one that events have overtaken closes itself and says why. What failed again is
 * open again, because its recovery is gone.
 */
function overtaken(
  step: GuideStepDefinition,
  phase: string,
  context: GuideContext,
  ladder: readonly LadderRow[],
  record: StepRecord | undefined,
): StepRecord | undefined {
  const { recoveredAt, taken } = context;
  if (record && !(record.state === 'failed' && recoveredAt && record.at < recoveredAt)) return record;
  const closed = { step: step.key, by: APP };
  if (recoveredAt) {
    const at = recoveredAt;
    if (step.check === 'restored')
      return { ...closed, state: 'done', at, evidence: `All its alerts had cleared at ${clockWords(at)}.` };
    if (phase !== 'Recovery' && !toldRecord(step, ladder))
      return {
        ...closed,
        state: 'skipped',
        at,
        evidence: `Not needed any more: it recovered at ${clockWords(at)}.`,
      };
    const settled = step.settled?.(context);
    return settled ? { ...closed, state: 'done', at, evidence: settled } : record;
  }
  const rows = ladder.filter(({ role, toldAt }) => step.roles?.includes(role) && toldAt === null);
  if (taken && rows.length > 0 && rows.every(({ state }) => state === 'stopped'))
    return {
      ...closed,
      state: 'skipped',
      at: taken.at,
      evidence: `Not needed: ${taken.by} took it before that was due.`,
    };
  return record;
}

/** The first step that is still to do, in the order of the runbook; a failed check is looked at again only after the others. */
export const nextGuideStep = (guide: readonly GuideStep[]): GuideStep | null =>
  guide.find(({ state }) => state === 'open') ?? guide.find(({ state }) => state === 'failed') ?? null;
