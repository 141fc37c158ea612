import { z } from 'zod';
import type { ReconciliationView, WithheldView } from '../arrival/comparison/reconciliation-view.ts';
import type { CanaryView } from '../canary/canary-view.ts';
import type { DrillSummary } from '../drill/drill-view.ts';
import { SCENARIOS } from '../drill/scenarios.ts';
import type { FallbackRun, FallbackState } from '../fallback/fallback-view.ts';
import type { RecoveryPageView } from '../recovery/decide-recovery-step.ts';
import { count, INCIDENT, severity, textOrNull, time, timeOrNull } from './answers.server.ts';

const FALLBACK_STATE = z.object({
  state: z.enum(['on', 'off']),
  version: z.int(),
  since: timeOrNull,
  by: textOrNull,
  reason: textOrNull,
  rule: textOrNull,
  runId: z.int().nullable(),
}) satisfies z.ZodType<FallbackState>;

const FALLBACK_RUN = z.object({
  id: z.int(),
  startedAt: time,
  startedBy: z.string(),
  reason: z.string(),
  rule: textOrNull,
  endedAt: timeOrNull,
  endedBy: textOrNull,
  endReason: textOrNull,
  overrideReason: textOrNull,
  openItems: z.array(z.string()),
  drain: z.object({ held: count, left: count }).nullable(),
  heldAtOnce: count.nullable(),
  steps: z.array(
    z.object({
      id: z.int(),
      direction: z.enum(['on', 'off']),
      kind: z.enum(['notice', 'inbox', 'webhook']),
      target: z.string(),
      title: z.string(),
      state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
      attempts: count,
      result: textOrNull,
      requestedBy: z.string(),
      finishedAt: timeOrNull,
      dueAt: time,
    }),
  ),
  notices: z.array(z.object({ channel: z.string(), state: z.string(), answer: textOrNull })),
  skipped: z.array(
    z.object({
      seq: z.int(),
      conversation: textOrNull,
      customer: textOrNull.describe("Chatwoot's number of the customer."),
      receivedAt: time,
      answeredAt: time,
      restoredAt: timeOrNull,
      restoredBy: textOrNull,
    }),
  ),
  skippedCount: count,
}) satisfies z.ZodType<FallbackRun>;

export const FALLBACK = FALLBACK_STATE.extend({
  run: FALLBACK_RUN.nullable(),
  waiting: z.object({ held: count, skipped: count }),
  checklist: z.object({ open: z.boolean(), items: z.array(z.string()) }),
});

export const FOUND = z.object({
  uncompared: z.array(
    z.object({
      conversation: z.union([z.int(), z.string()]).nullable(),
      since: time,
      detail: z.string(),
    }),
  ),
  state: z.enum([
    ...([
      'compared',
      'failing',
      'running',
      'paused',
      'nothing_received',
      'not_yet',
      'not_connected',
    ] as const),
  ]),
  through: timeOrNull.describe('Everything until then has been compared.'),
  detail: textOrNull,
  progress: z
    .object({
      id: z.int(),
      checked: count,
      of: count.nullable(),
      perSecond: z.number().nullable(),
      urgent: z.boolean(),
    })
    .nullable(),
  last: z
    .object({ finishedAt: time, since: time, until: time, conversations: count, messages: count })
    .nullable(),
  from: timeOrNull,
  to: timeOrNull,
  complete: z
    .boolean()
    .describe('That time has been compared to its end: "nothing is missing" holds only then.'),
  lost: count,
  firstAt: timeOrNull,
  lastAt: timeOrNull,
  late: count,
  delivered: count,
  waiting: count,
  withheld: count,
  undelivered: count,
}) satisfies z.ZodType<Omit<ReconciliationView, 'uncompared'>>;

const REASONS = ['deleted', 'imported', 'resolved', 'answered', 'old', 'many', 'counting'] as const;

export const WITHHELD = z.object({
  counts: z.partialRecord(z.enum(REASONS), count),
  upTo: count,
  items: z.array(
    z.object({
      seq: z.int(),
      conversation: z.string(),
      customer: textOrNull.describe('Null without the right "texts.read".'),
      writtenAt: time,
      foundAt: time,
      reason: z.enum(REASONS),
      late: z.boolean(),
      url: textOrNull,
    }),
  ),
}) satisfies z.ZodType<WithheldView>;

export const CANARY = z.object({
  id: z.int(),
  state: z.enum(['running', 'closing', 'done']),
  outcome: z.enum(['passed', 'failed', 'cancelled']).nullable(),
  problem: textOrNull,
  startedAt: time,
  startedBy: z.string(),
  finishedAt: timeOrNull,
  waitsForApproval: z.boolean(),
  failsAt: timeOrNull,
  steps: z.array(
    z.object({
      key: z.string(),
      title: z.string(),
      state: z.enum(['done', 'failed', 'current', 'open']),
      evidence: textOrNull,
      at: timeOrNull,
      durationMs: z.number().nullable(),
      by: textOrNull,
    }),
  ),
  url: textOrNull,
}) satisfies z.ZodType<CanaryView>;

const GATE_ITEM = z.object({
  key: z.string(),
  title: z.string(),
  done: z.boolean(),
  at: timeOrNull,
  by: textOrNull,
  evidence: z.string(),
  durationMs: z.number().nullable(),
  how: z.enum(['app', 'canary', 'person']),
});

export const GATES = z.object({
  state: z.object({
    tone: z.enum(['good', 'warning', 'info']),
    sentence: z.string(),
    next: z
      .object({ text: z.string(), action: z.looseObject({ kind: z.string() }) })
      .nullable()
      .describe('The one thing to do next.'),
  }),
  fallback: z.object({ on: z.boolean(), since: timeOrNull }),
  restore: z.object({ open: z.boolean(), items: z.array(GATE_ITEM) }),
  canary: CANARY.nullable(),
  recovery: z
    .object({
      incident: z.object({
        ...{ id: z.int(), title: z.string(), severity, status: INCIDENT.shape.status },
        ...{ startedAt: time, overrideReason: textOrNull },
      }),
      passed: z.boolean(),
      since: timeOrNull,
      open: z.array(z.string()),
      lacking: textOrNull,
      items: z.array(
        GATE_ITEM.extend({ progress: z.object({ done: z.number(), of: z.number() }).nullable() }),
      ),
      stakeholders: z.array(GATE_ITEM.extend({ draft: z.string() })),
      impact: z.object({
        ...{ from: time, to: time, conversations: count, breaches: count.nullable() },
        byHand: z.object({ tickets: count, breaches: count }),
        ...{ reconciled: count, undelivered: count, discarded: count, compared: z.boolean() },
      }),
    })
    .nullable(),
  others: z.array(z.object({ id: z.int(), title: z.string() })),
}) satisfies z.ZodType<Omit<RecoveryPageView, 'state'>>;

const duration = z.number().nullable().describe("By the drill's clock, ms.");

export const DRILLS = z.object({
  drills: z.array(
    z.object({
      id: z.int(),
      scenario: z.enum(SCENARIOS),
      speed: z.number(),
      notify: z.enum(['marked', 'simulated']),
      repairAfter: z.number().nullable(),
      state: z.enum(['requested', 'starting', 'running', 'done', 'aborted', 'failed']),
      ...{ requestedAt: time, requestedBy: z.string() },
      ...{ brokenAt: timeOrNull, detectedAt: timeOrNull },
      ...{ acknowledgedAt: timeOrNull, acknowledgedBy: textOrNull },
      ...{ publishedAt: timeOrNull, publishedBy: textOrNull },
      ...{ fallbackAt: timeOrNull, fallbackBy: textOrNull },
      ...{ repairedAt: timeOrNull, repairedBy: textOrNull },
      recoveredAt: timeOrNull,
      ...{ endedAt: timeOrNull, endedBy: textOrNull, endReason: textOrNull },
      durationsMs: z.object({
        ...{ detection: duration, acknowledgement: duration, publicText: duration },
        ...{ fallback: duration, recovery: duration },
      }),
    }),
  ) satisfies z.ZodType<DrillSummary[]>,
});
