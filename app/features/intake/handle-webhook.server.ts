import type { IncomingMessage } from 'node:http';
import { type Problem, problemBody } from '../../lib/http/problem.ts';
import type { Config } from '../../lib/settings/config.ts';
import {
  type Intake,
  type IntakeOutcome,
  type WebhookHeaders,
  type RejectionReason,
  problemOfRejection,
  RETRY_AFTER,
} from './intake.ts';

export interface WebhookRequest {
  method: string;
  /** Path and query. */
  url: string;
  /** Names in lower case. */
  headers: WebhookHeaders;
  readBody: ReadBody;
  /** Whom wrong tokens in the address are counted for. */
  caller?: string | undefined;
}

export interface WebhookAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Whether the connection must be closed, because the rest of the request was not read. */
  close: boolean;
  /** The webhook is kept: since when the sender has waited, by performance.now(), what it took to send left out. */
  keptSince: number | null;
}

/**
 * `POST /api/webhooks/chatwoot`, whoever carries it: checks in the order 405, 415, 413, 401, 400,
 * and refuses before it reads whatever the headers tell.
 * @returns null when the client went away before its request was complete
 */
export async function handleWebhook(
  intake: Intake,
  config: Config,
  request: WebhookRequest,
): Promise<WebhookAnswer | null> {
  const { method, url, headers, readBody, caller } = request;
  const limit = config.WEBHOOK_MAX_BODY_BYTES;
  // Our own health check asks with GET: answered like any other, but no webhook that was refused.
  if (method !== 'POST' && headers['x-outage-center-probe'] !== undefined)
    return answerProblem(problemOfRejection('method_not_allowed'), true);
  if (method !== 'POST') return refuse(intake, 'method_not_allowed');
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity' || !isJsonMediaType(headers['content-type']))
    return refuse(intake, 'unsupported_media_type');
  if (Number(headers['content-length'] ?? 0) > limit) return refuse(intake, 'too_large');
  const token = tokenOf(url);
  const arrivedAt = performance.now();
  // Who cannot be genuine by the headers alone has no body read.
  const refused = await intake.refusal({ headers, token, caller, receivedAt: intake.now() });
  if (refused) return refuse(intake, refused);
  const askedAt = performance.now();
  const body = await readBody(limit);
  const since = arrivedAt + performance.now() - askedAt;
  if (body === 'aborted') return null;
  if (body === 'too_large') return refuse(intake, 'too_large');
  const outcome = await intake.receive({ headers, token, caller, body, receivedAt: intake.now() });
  return answer(outcome, since);
}

function refuse(intake: Intake, reason: RejectionReason): WebhookAnswer {
  intake.reject(reason);
  return answerProblem(problemOfRejection(reason), true);
}

function answer(outcome: IntakeOutcome, since: number): WebhookAnswer {
  switch (outcome.kind) {
    case 'accepted':
    case 'duplicate':
    case 'spooled':
      return {
        status: 200,
        headers: { 'Content-Type': 'application/json' },
        body: `{"status":"${outcome.kind}"}`,
        close: false,
        keptSince: since,
      };
    case 'rejected':
      return answerProblem(problemOfRejection(outcome.reason), false);
    case 'unavailable':
      return answerProblem(
        {
          status: 503,
          title: 'The webhook cannot be kept',
          detail: 'Neither the database nor the disk takes it now. Send it again.',
          code: 'unavailable',
          headers: { 'Retry-After': RETRY_AFTER },
        },
        false,
      );
  }
}

/** An answer that refuses; `close`: the rest of the request is not read. */
export function answerProblem(details: Problem, close: boolean): WebhookAnswer {
  return {
    status: details.status,
    headers: { 'Content-Type': 'application/problem+json', ...details.headers },
    body: problemBody(details),
    close,
    keptSince: null,
  };
}

function tokenOf(url: string): string | null {
  const query = url.indexOf('?');
  return query === -1 ? null : new URLSearchParams(url.slice(query + 1)).get('token');
}

/** The client went away before its request was complete: there is nobody to answer. */
type BodyRead = Buffer | 'too_large' | 'aborted';

/** Reads a request's body up to `limit` bytes and stops reading beyond it. */
export type ReadBody = (limit: number) => Promise<BodyRead>;

/** Of a request of node:http; by its events, which cost less than its iterator. */
export function nodeBody(request: IncomingMessage): ReadBody {
  return (limit) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const settle = (result: BodyRead) => {
        request.off('data', take);
        resolve(result);
      };
      const take = (chunk: Buffer) => {
        size += chunk.length;
        if (size > limit) {
          request.pause();
          settle('too_large');
          return;
        }
        chunks.push(chunk);
      };
      request.on('data', take);
      request.once('end', () => settle(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)));
      request.once('error', () => settle('aborted'));
      request.once('close', () => settle('aborted'));
    });
}

/** Of a Fetch API request. */
export function webBody(request: Request): ReadBody {
  return async (limit) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const reader = request.body?.getReader();
    try {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) return Buffer.concat(chunks, size);
        size += value.byteLength;
        if (size > limit) {
          await reader?.cancel().catch(() => undefined);
          return 'too_large';
        }
        chunks.push(value);
      }
    } catch {
      return 'aborted';
    }
  };
}

/** Whether a Content-Type is JSON: `application/json` or a type that ends in `+json`, parameters allowed. */
export function isJsonMediaType(contentType: string | undefined): boolean {
  const type = (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();
  return type === 'application/json' || /^[a-z0-9!#$&^_.-]+\/[a-z0-9!#$&^_.-]+\+json$/.test(type);
}
