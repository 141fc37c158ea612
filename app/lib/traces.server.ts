import { createHash, randomBytes } from 'node:crypto';
import type { Config } from './settings/config.ts';
import type { Logger } from './log.server.ts';
import { VERSION } from './version.server.ts';

/** A webhook that was taken, or came again. */
interface TracedWebhook {
  eventId: string;
  /** Chatwoot's word for it. */
  event: string;
  result: 'accepted' | 'duplicate' | 'spooled';
  /** When its last byte was there. */
  receivedAt: Date;
  /** Until it was durable, ms. */
  tookMs: number;
}

/** One attempt to deliver it. */
interface TracedAttempt {
  eventId: string;
  event: string;
  /** From 1, over all runs. */
  number: number;
  startedAt: Date;
  durationMs: number;
  outcome: string;
  status: number | null;
}

/**
 * Traces of webhooks from receipt to delivery, over OTLP. An event's id is its trace's, so that whichever process takes it,
 * delivers it or replays it next week adds to the same trace and nothing about it has to be kept.
 */
export interface Traces {
  webhook(taken: TracedWebhook): void;
  attempt(made: TracedAttempt): void;
  /** `traceparent` of a request (W3C Trace Context), so that the receiver's spans lie below the attempt. */
  parentOf(eventId: string, number: number): string;
  /** Sends what is left, for at most two seconds. */
  stop(): Promise<void>;
}

const EXPORT_MS = 5000;
const STOP_MS = 2000;
/** A receiver that is away is mentioned this often, ms. */
const MENTION_MS = 60_000;

const traceOf = (eventId: string) => eventId.replaceAll('-', '');
/** Of the receipt: half of the event's id. */
const rootOf = (eventId: string) => traceOf(eventId).slice(16);
const attemptOf = (eventId: string, number: number) =>
  createHash('sha256').update(`${eventId} ${number}`).digest('hex').slice(0, 16);

/**
 * null without OTEL_EXPORTER_OTLP_ENDPOINT: then nothing of it is loaded. Names, texts and numbers of customers are in none.
 * OTEL_EXPORTER_OTLP_HEADERS and the like are read by the exporter itself.
 */
export async function openTraces(config: Config, log: Logger): Promise<Traces | null> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint) return null;
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_MS,
  });
  let mentionedAt = -Infinity;
  const send = exporter.export.bind(exporter);
  exporter.export = (spans, done) =>
    send(spans, (result) => {
      if (result.error && performance.now() - mentionedAt > MENTION_MS) {
        mentionedAt = performance.now();
        log.warn({ problem: String(result.error), spans: spans.length }, 'traces could not be sent');
      }
      done(result);
    });

  /** Of the span that is made next. */
  const next = { traceId: '', spanId: '' };
  const sampler = new sdk.TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': config.OTEL_SERVICE_NAME,
      'service.version': VERSION,
      'service.instance.role': config.ROLE,
    }),
    sampler,
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('outage-center', VERSION);
  const isSampled = (traceId: string) =>
    sampler.shouldSample(api.ROOT_CONTEXT, traceId).decision === sdk.SamplingDecision.RECORD_AND_SAMPLED;

  function below(eventId: string) {
    const traceId = traceOf(eventId);
    const traceFlags = isSampled(traceId) ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE;
    return api.trace.setSpanContext(api.ROOT_CONTEXT, {
      ...{ traceId, spanId: rootOf(eventId), traceFlags, isRemote: true },
    });
  }

  return {
    webhook({ eventId, event, result, receivedAt, tookMs }) {
      const isFirst = result !== 'duplicate';
      next.traceId = traceOf(eventId);
      next.spanId = isFirst ? rootOf(eventId) : randomBytes(8).toString('hex');
      const span = tracer.startSpan(
        isFirst ? 'receive webhook' : 'receive webhook again',
        {
          kind: isFirst ? api.SpanKind.PRODUCER : api.SpanKind.SERVER,
          startTime: receivedAt,
          attributes: { 'outage_center.event': event, 'outage_center.result': result },
        },
        isFirst ? api.ROOT_CONTEXT : below(eventId),
      );
      span.end(receivedAt.getTime() + tookMs);
    },
    attempt({ eventId, event, number, startedAt, durationMs, outcome, status }) {
      next.spanId = attemptOf(eventId, number);
      const span = tracer.startSpan(
        'deliver event',
        {
          kind: api.SpanKind.CLIENT,
          startTime: startedAt,
          attributes: {
            'outage_center.event': event,
            'outage_center.attempt': number,
            'outage_center.outcome': outcome,
            'http.request.method': 'POST',
            ...(status !== null && { 'http.response.status_code': status }),
          },
        },
        below(eventId),
      );
      if (outcome !== 'ok') span.setStatus({ code: api.SpanStatusCode.ERROR, message: outcome });
      span.end(startedAt.getTime() + durationMs);
    },
    parentOf: (eventId, number) =>
      `00-${traceOf(eventId)}-${attemptOf(eventId, number)}-0${isSampled(traceOf(eventId)) ? 1 : 0}`,
    async stop() {
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, STOP_MS).unref()),
      ]);
    },
  };
}
