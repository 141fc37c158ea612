import { Pool, type Dispatcher } from 'undici';
import { Webhook } from 'standardwebhooks';
import { outcomeOfError, outcomeOfStatus, parseRetryAfter } from './attempt-outcome.ts';
import type { AttemptResult, ClaimedDelivery } from './claimed-delivery.ts';

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
}

/** HTTP side of a delivery: `${agentUrl}/webhooks/chatwoot`, keep-alive, no redirects, one timeout for the whole exchange. */
export function createSender({ agentUrl, timeoutMs, connections, secret }: SenderOptions): Sender {
  const target = new URL(`${agentUrl}/webhooks/chatwoot`);
  const signer = secret ? new Webhook(secret) : undefined;
  const pool = new Pool(target.origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    // Our own timer covers connecting, headers and body together.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs },
  });

  return {
    async send(delivery) {
      const startedAt = new Date();
      const started = performance.now();
      const abort = new AbortController();
      const timer = setTimeout(
        () => abort.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError')),
        timeoutMs,
      );
      const end = (rest: Omit<AttemptResult, 'startedAt' | 'durationMs'>): AttemptResult => ({
        ...rest,
        startedAt,
        durationMs: Math.round(performance.now() - started),
      });
      try {
        const answer = await pool.request({
          method: 'POST',
          path: target.pathname + target.search,
          headers: headersOf(delivery, signer, startedAt),
          body: delivery.body,
          signal: abort.signal,
        });
        const response = await readAnswer(answer.body);
        const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], new Date());
        return end({
          outcome: outcomeOfStatus(answer.statusCode),
          status: answer.statusCode,
          error: null,
          response,
          retryAfterMs,
        });
      } catch (error) {
        const message = messageOf(error);
        return end({
          outcome: outcomeOfError(error),
          status: null,
          error: message,
          response: null,
          retryAfterMs: null,
        });
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => pool.destroy(),
  };
}

function headersOf(
  delivery: ClaimedDelivery,
  signer: Webhook | undefined,
  now: Date,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-forwarded-from': 'hotdash-app',
    'idempotency-key': delivery.eventId,
    'webhook-id': delivery.eventId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'x-webhook-attempt': String(delivery.attemptsTotal + 1),
  };
  if (signer)
    headers['webhook-signature'] = signer.sign(delivery.eventId, now, delivery.body.toString('utf8'));
  return headers;
}

async function readAnswer(body: Dispatcher.ResponseData['body']): Promise<string> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (size < KEPT_ANSWER) kept.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the body and with it the connection.
    if (size > READ_ANSWER) break;
  }
  const text = Buffer.concat(kept).subarray(0, KEPT_ANSWER).toString('utf8');
  // PostgreSQL's text has no NUL.
  return text.replaceAll('\0', '\uFFFD');
}

function messageOf(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: unknown[] };
  if (errors?.[0] && !message) return messageOf(errors[0]);
  return [code, message].filter(Boolean).join(': ').slice(0, 500) || 'unknown error';
}
