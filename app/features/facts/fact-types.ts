import { z } from 'zod';

const count = z.number();
/** A Date for who writes it, ISO 8601 once it is stored. */
const at = z.codec(z.iso.datetime({ offset: true }), z.date(), {
  decode: (stored) => new Date(stored),
  encode: (date) => date.toISOString(),
});
const loose = z.record(z.string(), z.unknown());
const none = z.object({});
/** In whose name, and why. */
const byPerson = z.object({ actor: z.string(), reason: z.string().nullable().optional() });
const ofDeadLetter = z.object({ deadLetter: count, seq: count });
const ofRun = z.object({ seq: count, run: count, event: z.string(), conversation: z.string() });
const breaker = z.object({
  reason: z.string().nullable(),
  failures: count,
  cooldownMs: count,
  before: z.string(),
});
const spool = z.object({ count, process: z.string() });
const ofFile = z.object({ file: z.string() });
const incident = z.object({ incident: count });
const alert = z.object({
  rule: z.string(),
  severity: z.string(),
  words: z.string(),
  value: count.nullable(),
  threshold: count.nullable(),
  numbers: loose,
});
const ofAlert = z.object({ incident: count.nullable(), firstBadAt: at.nullable() });
const changed = z.object({ incident: count, from: z.string(), to: z.string() });
const reportDue = z.object({ incident: count, recoveredAt: at });

/**
 * Every type of fact with the shape of its `value` and its `metadata`, as they stand in `dashboard_facts`: times are ISO
 * 8601 in UTC, durations milliseconds. docs/facts.md says in words what each of them tells; a test compares the two.
 */
export const FACTS = {
  'support.webhook.retry': fact(
    z.object({
      attempts: count,
      success: z.boolean(),
      finalStatus: z.union([z.number(), z.string()]),
      durationMs: count,
    }),
    ofRun,
  ),
  'support.webhook.dead_letter': fact(
    z.object({ payload: z.unknown(), attempts: count, lastError: z.string(), agentEndpoint: z.string() }),
    ofRun.extend({ timestamp: at, errorClass: z.string(), status: count.nullable(), cause: z.string() }),
  ),
  'support.webhook.replay': fact(
    z.object({
      replayId: count,
      action: z.enum(['created', 'paused', 'resumed', 'cancelled', 'stopped', 'done']),
      count,
    }),
    byPerson,
  ),
  'support.webhook.discard': fact(ofDeadLetter, byPerson),
  'support.webhook.restore': fact(ofDeadLetter, byPerson),
  'support.webhook.skip': fact(z.object({ seq: count, answeredAt: at.optional() }), byPerson),
  'support.webhook.unskip': fact(z.object({ seq: count }), byPerson),
  'support.fallback.on': fact(
    z.object({ run: count, held: count }),
    z.object({ actor: z.string(), reason: z.string(), rule: z.string().nullable() }),
  ),
  'support.fallback.off': fact(
    z.object({ run: count, held: count, skipped: count }),
    z.object({
      actor: z.string(),
      reason: z.string(),
      override: z.string().nullable(),
      openItems: z.array(z.string()).readonly(),
    }),
  ),
  'support.breaker.opened': fact(breaker),
  'support.breaker.closed': fact(breaker),
  'support.breaker.probe': fact(breaker),
  'support.spool.used': fact(spool, ofFile),
  'support.spool.imported': fact(spool, ofFile),
  'support.health.check': fact(
    z.object({
      ok: z.boolean(),
      components: z.record(z.string(), z.string()),
      probes: z.array(
        z.object({
          probe: z.string(),
          outcome: z.string(),
          status: count.nullable(),
          errorClass: z.string().nullable(),
          latencyMs: count.nullable(),
          target: z.string().nullable(),
        }),
      ),
    }),
    z.object({ tick: count }),
  ),
  'support.alert.fired': fact(alert, ofAlert),
  'support.alert.cleared': fact(alert, ofAlert),
  'support.incident.opened': fact(
    incident.extend({ cause: z.string(), severity: z.string(), startedAt: at, detectedAfterMs: count }),
    z.object({ by: z.string(), reason: z.string(), drill: count.nullable() }),
  ),
  'support.incident.raised': fact(changed.extend({ rule: z.string().optional() }), byPerson.partial()),
  'support.incident.lowered': fact(changed, byPerson),
  'support.incident.failing_again': fact(
    incident.extend({ rule: z.string(), recoveredAt: at.nullable() }),
    none,
  ),
  'support.incident.recovered': fact(incident.extend({ afterMs: count })),
  'support.incident.escalated': fact(
    incident.extend({
      step: count,
      role: z.string(),
      outcome: z.string(),
      dueAt: z.string(),
      lateMs: count,
    }),
  ),
  'support.incident.self_check': fact(
    incident.extend({ problem: z.string(), was: at.nullable(), next: at.nullable() }),
  ),
  'support.incident.acknowledged': fact(incident.extend({ afterMs: count }), byPerson),
  'support.incident.assigned': fact(incident.extend({ assignee: z.string().nullable() }), byPerson),
  'support.incident.merged': fact(incident.extend({ into: count }), byPerson),
  'support.incident.reopened': fact(incident, byPerson),
  'support.incident.resolved': fact(
    incident.extend({
      resolution: z.string(),
      afterMs: count,
      overridden: z.array(z.string()).nullable(),
      unverified: z.string().nullable(),
    }),
    byPerson,
  ),
  'support.report.remind': fact(reportDue),
  'support.report.late': fact(reportDue),
  'support.report.signed': fact(incident.extend({ version: count }), byPerson),
  'support.arrival.silent': fact(
    z.object({ messages: count, since: at.nullable(), cause: z.string().nullable() }),
  ),
  'support.arrival.flows_again': fact(z.object({ messages: count, since: at.nullable(), afterMs: count })),
  'support.arrival.registration': fact(z.object({ ok: z.boolean(), fault: z.string().nullable() })),
  'support.arrival.delay': fact(
    z.object({
      level: z.enum(['on_time', 'late', 'far_behind', 'none']),
      p50Ms: count.nullable(),
      p95Ms: count.nullable(),
      messages: count,
    }),
  ),
  'support.reconciliation': fact(
    z.object({ conversations: count, messages: count, recovered: count }),
    z.object({ id: count, since: at, until: at, cause: z.string() }),
  ),
  'support.audit.head': fact(z.object({ id: count, hash: z.string() })),
  'support.row.set_aside': fact(z.object({ purpose: z.string(), name: z.string(), cause: z.string() })),
  'support.ledger.check': fact(loose),
} as const;

function fact<Value extends z.ZodType, Metadata extends z.ZodType = typeof none>(
  value: Value,
  metadata?: Metadata,
) {
  return { value, metadata: (metadata ?? none) as Metadata };
}

export type FactType = keyof typeof FACTS;
/** As it is written: with dates. */
export type FactValue<Type extends FactType> = z.output<(typeof FACTS)[Type]['value']>;
export type FactMetadata<Type extends FactType> = z.output<(typeof FACTS)[Type]['metadata']>;

/** One fact as it is read: its type says what is in it. */
export type StoredFact<Type extends FactType = FactType> = {
  [One in Type]: {
    type: One;
    value: z.input<(typeof FACTS)[One]['value']>;
    metadata: z.input<(typeof FACTS)[One]['metadata']>;
  };
}[Type];
