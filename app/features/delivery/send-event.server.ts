import type { Dispatcher } from 'undici';
import { Webhook } from 'standardwebhooks';
import { outcomeOfAnswer, outcomeOfError, parseRetryAfter } from '../../lib/http/attempt-outcome.ts';
import { storableText } from '../../lib/storable.ts';
import type { Traces } from '../../lib/traces.server.ts';
import { openAgentConnections } from './agent-connections.server.ts';
import { type AttemptResult, type ClaimedDelivery, requestHeaders } from './claimed-delivery.ts';

/** How much of an answer is kept, bytes. */
const KEPT_ANSWER = 4096;
/** How much of an answer is read to keep the connection; more than this and the connection is given up. */
const READ_ANSWER = 65_536;

export interface Sender {
  /** POSTs the received bytes once. Never throws: every ending is a result. */
  send(delivery: ClaimedDelivery): Promise<AttemptResult>;
  close(): Promise<void>;
}

export interface SenderOptions {
  agentUrl: string;
  timeoutMs: number;
  /** Connections kept alive to the Agent service. */
  connections: number;
  /** Signs by Standard Webhooks when set. */
  secret: string | undefined;
  /** Requests name the trace that they belong to when set. */
  traces?: Traces | null;
  /** Dates requests and their signatures. */
  now: () => Date;
}

/** A kept connection that was closed as we sent says so at once, ms; later it was this request that broke it. */
const IDLE_RESET_MS = 1000;

/**
 * HTTP side of a delivery: `${agentUrl}/webhooks/chatwoot`, keep-alive, no redirects, one timeout for the whole exchange.
 * A kept connection that the service had closed when the request went out costs nothing: it is sent once more at once, under
 * the same id, over a fresh one.
 */
export function createSender({
  agentUrl,
  timeoutMs,
  connections,
  secret,
  traces,
  now,
}: SenderOptions): Sender {
  const target = new URL(`${agentUrl}/webhooks/chatwoot`);
  const signer = secret ? new Webhook(secret) : undefined;
  const open = openAgentConnections(target.origin, { connections, timeoutMs });

  return {
    send: (delivery) =>
      new Promise((resolve) => {
        const startedAt = now();
        const started = performance.now();
        let controller: Dispatcher.DispatchController | undefined;
        let ended = false;

        function end(rest: Omit<AttemptResult, 'startedAt' | 'durationMs'>) {
          if (ended) return;
          ended = true;
          clearTimeout(timer);
          resolve({ ...rest, startedAt, durationMs: Math.round(performance.now() - started) });
        }
        const fail = (error: Error) =>
          end({
            outcome: outcomeOfError(error),
            status: null,
            error: messageOf(error),
            response: null,
            retryAfterMs: null,
          });
        const timer = setTimeout(() => {
          const late = new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError');
          fail(late);
          controller?.abort(late);
        }, timeoutMs);

        const request: Dispatcher.DispatchOptions = {
          method: 'POST',
          path: target.pathname + target.search,
          headers: headersOf(delivery, signer, traces, startedAt),
          body: delivery.body,
        };
        function post(over: Dispatcher, onError: (error: Error, answering: boolean) => void) {
          let answering = false;
          let sentAt = performance.now();
          const answer = receiveAnswer(now, (status, response, retryAfterMs) =>
            end({ outcome: outcomeOfAnswer(status, response), status, error: null, response, retryAfterMs }),
          );
          // One handler instead of a promise of a stream: a third less work for each request.
          over.dispatch(request, {
            ...answer,
            onRequestStart(opened) {
              controller = opened;
              sentAt = performance.now();
              // It waited for a connection longer than it may take altogether.
              if (ended) controller.abort(new DOMException('given up', 'AbortError'));
            },
            onResponseStart(...head) {
              answering = true;
              answer.onResponseStart?.(...head);
            },
            onResponseError: (_controller, error) =>
              onError(error, answering || performance.now() - sentAt > IDLE_RESET_MS),
          });
        }

        post(open.kept, (error, hadItsTurn) => {
          const wasIdle = !hadItsTurn && outcomeOfError(error) === 'reset' && open.wasUsedBefore(error);
          if (wasIdle && !ended) post(open.fresh(), fail);
          else fail(error);
        });
      }),
    close: () => open.close(),
  };
}

/** Collects an answer up to READ_ANSWER and gives the connection up beyond it. */
function receiveAnswer(
  now: () => Date,
  done: (status: number, response: string, retryAfterMs: number | null) => void,
): Dispatcher.DispatchHandler {
  const kept: Buffer[] = [];
  let size = 0;
  let status = 0;
  let retryAfterMs: number | null = null;
  const finish = () => {
    const text = Buffer.concat(kept).subarray(0, KEPT_ANSWER).toString('utf8');
    // PostgreSQL's text has no NUL.
    done(status, text.replaceAll('\0', '\uFFFD'), retryAfterMs);
  };
  return {
    onResponseStart(_controller, statusCode, headers) {
      status = statusCode;
      retryAfterMs = parseRetryAfter(headers['retry-after'], now(), headers.date);
    },
    onResponseData(controller, chunk) {
      if (size < KEPT_ANSWER) kept.push(chunk);
      size += chunk.length;
      if (size <= READ_ANSWER) return;
      finish();
      controller.abort(new DOMException('the answer is too long', 'AbortError'));
    },
    onResponseEnd: finish,
  };
}

function headersOf(
  delivery: ClaimedDelivery,
  signer: Webhook | undefined,
  traces: Traces | null | undefined,
  now: Date,
): Record<string, string> {
  const headers = requestHeaders({ ...delivery, attempt: delivery.attemptsTotal + 1, startedAt: now });
  if (traces) headers.traceparent = traces.parentOf(delivery.eventId, delivery.attemptsTotal + 1);
  if (signer)
    headers['webhook-signature'] = signer.sign(delivery.eventId, now, delivery.body.toString('utf8'));
  return headers;
}

function messageOf(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: unknown[] };
  if (errors?.[0] && !message) return messageOf(errors[0]);
  const text = [code, message].filter(Boolean).join(': ');
  return storableText(text, 500) || 'unknown error';
}
