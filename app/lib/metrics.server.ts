import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Prometheus metrics of this process: one prefix, base units, no ids in labels. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const prefix = 'outage_center_';
  collectDefaultMetrics({ register: registry, prefix });
  return {
    registry,
    /** Webhooks acknowledged, by `result`: accepted, duplicate or spooled. */
    received: new Counter({
      registers,
      name: `${prefix}webhooks_received_total`,
      help: 'Webhooks acknowledged with 200.',
      labelNames: ['result'] as const,
    }),
    /** Webhooks refused, by `reason`: malformed_json, bad_signature, … */
    rejected: new Counter({
      registers,
      name: `${prefix}webhooks_rejected_total`,
      help: 'Webhooks refused.',
      labelNames: ['reason'] as const,
    }),
    /** Webhooks acknowledged too late for their sender, by `how`: hung_up or slow. */
    answeredLate: new Counter({
      registers,
      name: `${prefix}webhooks_answered_late_total`,
      help: 'Webhooks kept, but answered after the sender had hung up or CHATWOOT_SENDER_TIMEOUT was over.',
      labelNames: ['how'] as const,
    }),
    intakeSeconds: new Histogram({
      registers,
      name: `${prefix}webhook_intake_seconds`,
      help: 'From the last byte of a webhook to its durable commit.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    }),
    delivered: new Counter({
      registers,
      name: `${prefix}events_delivered_total`,
      help: 'Events the Agent service accepted.',
    }),
    late: new Counter({
      registers,
      name: `${prefix}messages_late_total`,
      help: 'Messages delivered after one of their conversation that was written later.',
    }),
    attempts: new Counter({
      registers,
      name: `${prefix}delivery_attempts_total`,
      help: 'Attempts to deliver, by outcome.',
      labelNames: ['outcome'] as const,
    }),
    attemptSeconds: new Histogram({
      registers,
      name: `${prefix}delivery_attempt_seconds`,
      help: 'Duration of an attempt to deliver.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    /** Set from the database when /metrics is read. */
    queue: new Gauge({
      registers,
      name: `${prefix}queue_events`,
      help: 'Events by state.',
      labelNames: ['state'] as const,
    }),
    oldestPendingSeconds: new Gauge({
      registers,
      name: `${prefix}oldest_pending_seconds`,
      help: 'Age of the oldest event not yet delivered; 0 when there is none.',
    }),
    /** 1 for the state it is in, 0 for the others. */
    breaker: new Gauge({
      registers,
      name: `${prefix}breaker_state`,
      help: 'Circuit breaker before the Agent service.',
      labelNames: ['state'] as const,
    }),
    /** Of Chatwoot, set from the database when /metrics is read; left out where it is not known. */
    arrivalState: new Gauge({
      registers,
      name: `${prefix}arrival_state`,
      help: 'Whether messages of Chatwoot arrive: 1 for the state it is in, 0 for the others.',
      labelNames: ['state'] as const,
    }),
    registrationState: new Gauge({
      registers,
      name: `${prefix}webhook_registration_state`,
      help: "The webhook in Chatwoot's list: 1 for the state it is in (ok, missing, events, secret, ...), 0 for the others.",
      labelNames: ['state'] as const,
    }),
    arrivalDelaySeconds: new Gauge({
      registers,
      name: `${prefix}arrival_delay_seconds`,
      help: "From a message's created_at to its webhook, over the last five minutes.",
      labelNames: ['quantile'] as const,
    }),
    lastMessageWebhookSeconds: new Gauge({
      registers,
      name: `${prefix}last_message_webhook_seconds`,
      help: "Age of the last message's webhook.",
    }),
    missedMessages: new Gauge({
      registers,
      name: `${prefix}missed_messages`,
      help: 'Messages in Chatwoot that no webhook told of, while webhooks do not arrive.',
    }),
    comparedSeconds: new Gauge({
      registers,
      name: `${prefix}compared_through_seconds`,
      help: 'Age of the moment up to which Chatwoot has been compared with what arrived.',
    }),
    /** Of this process and its machine, set when /metrics is read. */
    build: new Gauge({
      registers,
      name: `${prefix}build_info`,
      help: 'Always 1; the label tells the version.',
      labelNames: ['version'] as const,
    }),
    databaseUp: new Gauge({
      registers,
      name: `${prefix}database_up`,
      help: '1 while this process reaches the database, else 0.',
    }),
    connections: new Gauge({
      registers,
      name: `${prefix}database_connections`,
      help: 'Database connections of this process, by pool and state; `waiting` counts statements for which none is free.',
      labelNames: ['pool', 'state'] as const,
    }),
    connectionsMax: new Gauge({
      registers,
      name: `${prefix}database_connections_max`,
      help: 'Most connections that a pool of this process opens.',
      labelNames: ['pool'] as const,
    }),
    loopAgeSeconds: new Gauge({
      registers,
      name: `${prefix}loop_age_seconds`,
      help: 'Since a loop of this process last came round.',
      labelNames: ['loop'] as const,
    }),
    diskFree: new Gauge({
      registers,
      name: `${prefix}disk_free_bytes`,
      help: 'Free for this account on the file system of a folder.',
      labelNames: ['folder'] as const,
    }),
    diskSize: new Gauge({
      registers,
      name: `${prefix}disk_size_bytes`,
      help: 'Size of the file system of a folder.',
      labelNames: ['folder'] as const,
    }),
    /** Set from the database when /metrics is read. */
    incidents: new Gauge({
      registers,
      name: `${prefix}incidents_open`,
      help: 'Incidents that are not resolved and have not recovered, by severity.',
      labelNames: ['severity'] as const,
    }),
    backupSeconds: new Gauge({
      registers,
      name: `${prefix}backup_age_seconds`,
      help: 'Age of the newest backup that was made.',
    }),
    replicationBytes: new Gauge({
      registers,
      name: `${prefix}replication_lag_bytes`,
      help: 'Log that a streaming replica has not replayed; only where the database lets our user see it.',
      labelNames: ['replica'] as const,
    }),
    spooled: new Gauge({
      registers,
      name: `${prefix}spooled_events`,
      help: 'Webhooks in the spool file of this process.',
    }),
    quarantined: new Gauge({
      registers,
      name: `${prefix}quarantined_events`,
      help: 'Webhooks set aside in the quarantine folder of this process.',
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
