import { z } from 'zod';
import { SEVERITIES } from '../../lib/severity.ts';
import type { ReplayPlan } from '../delivery/replays/replay-form.ts';
import type { ReplayProgress } from '../delivery/replays/read-replays.server.ts';
import type { Shell } from '../overview/shell/shell-view.ts';
import type { IncidentDetail, IncidentSummary } from '../incidents/incident-view.ts';

/**
 * What the API answers, as openapi.json describes it. `satisfies` ties each to what its feature reads; the test of the
 * description asks a running app and validates its answers.
 */

/** ISO 8601, UTC, milliseconds. Some features hand on a Date, which is written like that. */
export const time = z.iso.datetime();
export const timeOrNull = time.nullable();
export const count = z.int().min(0);
export const textOrNull = z.string().nullable();
export const severity = z.enum(SEVERITIES);
/** A feature's Date, which JSON.stringify writes as `time`. */
type Sent<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Sent<T[K]> } : T;

export const INCIDENT = z.object({
  id: z.int(),
  severity,
  status: z.enum(['open', 'acknowledged', 'resolved', 'merged']),
  cause: z.string().describe('chatwoot, delivery, intake, network, target:<name> or manual:<n>'),
  title: z.string(),
  startedAt: time.describe('The first failed check.'),
  openedAt: time,
  acknowledgedAt: timeOrNull,
  acknowledgedBy: textOrNull,
  assignee: textOrNull,
  recoveredAt: timeOrNull.describe('Its last alert cleared then, and none has fired since.'),
  lulls: z.array(z.object({ from: time, to: time })).describe('When it worked in between.'),
  resolvedAt: timeOrNull,
  resolvedBy: textOrNull,
  mergedInto: z.int().nullable(),
  drill: z.boolean(),
  version: z.int().describe('To be sent back with a change, so that of two people at once one wins.'),
}) satisfies z.ZodType<IncidentSummary>;

export const INCIDENTS = z.object({
  incidents: z.array(INCIDENT),
  total: count,
  page: z.int().min(1),
  pages: z.int().min(1),
});

const GUIDE_STEP = z.object({
  key: z.string(),
  phase: z.string(),
  phaseMinutes: z.number().nullable(),
  title: z.string(),
  help: textOrNull,
  state: z.enum(['open', 'done', 'failed', 'skipped']),
  at: timeOrNull,
  by: textOrNull,
  evidence: textOrNull,
  how: z.enum(['app', 'person', 'link']),
  link: z.object({ to: z.string(), label: z.string() }).nullable(),
  text: textOrNull.describe('To copy, such as a notice for customers.'),
  registers: z.boolean(),
});

const TIMELINE_LINE = z.object({
  id: z.string(),
  at: time,
  lastAt: time.describe('Of the last repeat, when several were folded.'),
  count: z.int().min(1),
  source: z.enum([
    ...(['probe', 'alert', 'escalation', 'notification', 'person', 'guide'] as const),
    ...(['fallback', 'replay', 'system'] as const),
  ]),
  text: z.string(),
  actor: textOrNull,
});

const LOG_STATES = ['queued', 'accepted', 'failed', 'simulated', 'folded'] as const;

export const INCIDENT_DETAIL = INCIDENT.extend({
  sentence: z.string().describe('How it stands, in words.'),
  resolution: textOrNull,
  overrideReason: textOrNull,
  alerts: z.array(
    z.object({ rule: z.string(), severity, firedAt: time, clearedAt: timeOrNull, words: z.string() }),
  ),
  stillFiring: z.boolean(),
  ladder: z.array(
    z.object({
      stepId: z.int(),
      role: z.string(),
      contacts: z.array(z.object({ name: z.string(), channels: z.array(z.string()) })),
      onCall: z
        .object({ gap: textOrNull.describe('Why it is everybody with the role.') })
        .nullable()
        .describe('They are who is on call then; null: there is no rotation, or they were told.'),
      afterMinutes: z.number(),
      reason: z.string(),
      dueAt: time,
      state: z.enum(['told', 'next', 'waiting', 'stopped', 'gap', 'cancelled']),
      toldAt: timeOrNull,
    }),
  ),
  onCall: z
    .array(z.object({ role: z.string(), names: z.array(z.string()), gap: textOrNull }))
    .describe('Who is on call now; empty once somebody has taken it.'),
  guide: z.array(GUIDE_STEP),
  nextGuideStep: GUIDE_STEP.nullable(),
  timeline: z.array(TIMELINE_LINE),
  notifications: z.array(
    z.object({
      id: z.int(),
      incidentId: z.int().nullable(),
      to: z.string(),
      channel: z.string(),
      kind: z.string(),
      state: z.enum(LOG_STATES),
      createdAt: time,
      finishedAt: timeOrNull,
      attempts: count,
      answer: textOrNull.describe('What the other side answered last.'),
      log: z.array(z.object({ at: time, state: z.enum([...LOG_STATES, 'sent']), answer: textOrNull })),
    }),
  ),
}) satisfies z.ZodType<IncidentDetail>;

export const REPLAY = z.object({
  replayId: z.int(),
  state: z.enum(['running', 'paused', 'cancelled', 'stopped', 'done']),
  stateReason: textOrNull,
  createdAt: time,
  createdBy: z.string(),
  reason: textOrNull,
  mode: z.enum(['normal', 'careful']),
  ratePerSecond: z.number().nullable(),
  skipAnswered: z.boolean(),
  finishedAt: timeOrNull,
  total: count,
  released: count,
  delivered: count,
  dead: count,
  skipped: count,
  cancelled: count,
  discarded: count,
  waiting: count,
  inFlight: count,
  secondsLeft: z.number().nullable(),
  perSecond: z.number().nullable(),
}) satisfies z.ZodType<Sent<ReplayProgress>>;

export const PLAN = z.object({
  count: count.describe('Entries that would be replayed if it began now.'),
  inOtherReplay: count,
  conversations: count,
  stale: z.object({ answered: count, resolved: count, newerDelivered: count, any: count }),
  wouldSkip: count,
  ratePerSecond: z.number().nullable(),
  rejectedLately: count,
  estimatedSeconds: z.number().nullable(),
  sample: z.array(
    z.object({
      id: z.int(),
      event: z.string(),
      conversation: textOrNull,
      cause: textOrNull,
      receivedAt: time,
      answeredSince: z.boolean(),
    }),
  ),
  largestConversations: z.array(z.object({ conversation: z.string(), count })),
}) satisfies z.ZodType<Sent<ReplayPlan>>;

export const STATUS = z.object({
  at: time,
  ledger: z
    .object({
      ...{ received: count, delivered: count, pending: count, held: count, withheld: count, dead: count },
      ...{ discarded: count, spooled: count, quarantined: count, reconciled: count },
      balanced: z.boolean(),
    })
    .describe('received = delivered + pending + held + withheld + dead + discarded, or it is not balanced.'),
  unmatched: count,
  breaker: z.object({ state: z.string(), since: time, nextProbeAt: timeOrNull }),
  oldestPendingSeconds: z.number().nullable(),
  deadLetters: z.object({ open: count, lastHour: count }),
  processes: z.object({ web: count, worker: count }),
  spoolingSince: timeOrNull,
  replays: z.array(REPLAY),
});

const report = z.looseObject({}).array();

/** The report as JSON; md and html are made of the same. */
export const REPORT = z.object({
  incident: z.looseObject({ id: z.int(), title: z.string(), severity, status: INCIDENT.shape.status }),
  writtenAt: time.describe('When it was read from the record.'),
  state: z.enum(['draft', 'signed']),
  ...{ signedBy: textOrNull, signedAt: timeOrNull, dueAt: timeOrNull },
  content: z.record(z.string(), z.string()).describe('What people wrote, by section.'),
  times: z.looseObject({ startedAt: time, detectedAt: time, impactMs: z.number().nullable() }),
  detection: z.looseObject({ method: z.string(), delayMs: z.number().nullable() }),
  steps: report,
  impact: z.looseObject({ conversations: count.nullable(), breaches: count.nullable() }),
  messages: z
    .looseObject({ lost: count.nullable(), proof: z.string() })
    .describe('"lost" is 0 only with everything compared; null: not measured.'),
  affected: z.object({ listed: report, total: count }),
  overrides: report,
  actions: report,
  told: report,
  timeline: report,
  charts: report,
});

/** The verdict in a line, as it stands above every page. */
export const STRIP = z.object({
  at: time,
  tone: z.enum(['good', 'warning', 'critical', 'unknown', 'info']).describe('unknown is not good.'),
  word: z.string(),
  since: timeOrNull,
  incident: z
    .object({
      ...{ id: z.int(), title: z.string(), since: time, part: textOrNull, takenBy: textOrNull },
      ...{ recovered: z.boolean(), drill: z.boolean() },
      nextCall: z.object({ role: z.string(), dueAt: time }).nullable(),
    })
    .nullable(),
  nextStep: z.looseObject({ sentence: z.string() }),
  counts: z.object({
    ...{ now: count.nullable(), incidents: count.nullable(), waiting: count.nullable() },
    ...{ tickets: count.nullable(), recovery: count.nullable() },
  }),
  counting: z.looseObject({}).nullable(),
}) satisfies z.ZodType<Omit<Shell, 'nextStep' | 'counting'>>;

/** RFC 9457, with what kind it is and what the refusal tells of. */
export const PROBLEM = z.looseObject({
  type: z.string().describe('urn:outage-center:problem:<code>'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('What was wrong with this request and what to do about it, in a sentence.'),
  code: z.string().describe('The kind, for programs.'),
});
