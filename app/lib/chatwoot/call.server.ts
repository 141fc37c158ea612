import { parseRetryAfter } from '../http/attempt-outcome.ts';
import { fieldOf, parseExact, textOf } from '../json.ts';
import { type ChatwootAnswer, NO_CHATWOOT } from './answer.ts';
import type { DatedAnswer } from './clock.server.ts';

export interface ChatwootConnection {
  baseUrl: string;
  accountId: string;
  apiToken: string;
  /** For one call with its answer, ms; 10,000 when left out. */
  timeoutMs?: number;
  /** Ends every call, e.g. because the process stops. */
  signal?: AbortSignal;
  /** Told when each answer was made, for the difference of the two clocks. */
  observe?: (answer: DatedAnswer) => void;
}

/** One call; what it answered as JSON, or why it did not. */
export type ChatwootCall = (method: string, path: string, body?: object) => Promise<ChatwootAnswer<unknown>>;

const TIMEOUT_MS = 10_000;
/** A list of conversations that is not paginated may be long. */
const MOST_BYTES = 64 << 20;

/** Calls Chatwoot's HTTP API; the token goes only to paths that need it. */
export function createChatwootCall(options: ChatwootConnection): ChatwootCall {
  const { baseUrl, apiToken, timeoutMs = TIMEOUT_MS, signal, observe } = options;
  return (method, path, body) => {
    const init: RequestInit = {
      method,
      headers: {
        Accept: 'application/json',
        ...(path.startsWith('/api/v') && { api_access_token: apiToken }),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      // A redirect to another host would carry the token along: fetch only drops Authorization.
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    };
    return send(`${baseUrl}${path}`, init, observe);
  };
}

async function send(
  url: string,
  init: RequestInit,
  observe: ChatwootConnection['observe'],
): Promise<ChatwootAnswer<unknown>> {
  const askedAt = Date.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    const answeredAt = Date.now();
    text = await readText(response);
    const { headers } = response;
    const date = headers.get('Date') ?? timestampOf(text, url);
    observe?.({ date, age: headers.get('Age'), askedAt, answeredAt });
  } catch (error) {
    return { outcome: 'unreachable', detail: reasonOf(error) };
  }
  const json = parsed(text);
  if (response.status >= 300 && response.status < 400)
    return { outcome: 'redirected', to: originOf(response.headers.get('Location'), url) };
  switch (response.status) {
    case 401:
      return /suspended/i.test(textOf(fieldOf(json, 'error')) ?? '')
        ? { outcome: 'unauthorized', suspended: true }
        : { outcome: 'unauthorized' };
    case 403:
      return { outcome: 'forbidden' };
    case 404:
      return json === undefined ? { outcome: 'not_found', isPage: true } : { outcome: 'not_found' };
    case 422:
      return refusal(json);
    case 429:
      return { outcome: 'throttled', retryAfterMs: retryAfterOf(response.headers) };
    default:
      if (!response.ok) return { outcome: 'unreachable', detail: `it answered ${response.status}` };
      // A sign-in page or a host's notice stands before it. An empty answer is one: of removals, and of priorities.
      if (json === undefined && text.trim() !== '') return { outcome: 'unreachable', detail: NO_CHATWOOT };
      return { outcome: 'ok', value: json };
  }
}

/** What Rails says of a part of its own that it cannot reach, in place of what is wrong with the request. */
const OWN_TROUBLE =
  /connect\(2\)|connection (refused|reset|timed out|closed|lost)|could not connect|server closed the connection|broken pipe|no route to host|end of file reached|execution expired|timed? ?out|getaddrinfo|name or service not known|\bredis\b|\bPG::|\bECONN|ActiveRecord::|\bREADONLY\b|\bLOADING\b|\bOOM command/i;

/**
 * 422 is what is wrong with a request, but Chatwoot also answers it when its own Redis is gone, and has saved the message then:
 * that is no clear answer, and no fault of who asked. A refused field (`attributes`) is always theirs.
 */
function refusal(json: unknown): ChatwootAnswer<unknown> {
  const detail = textOf(fieldOf(json, 'message') ?? fieldOf(json, 'error')) ?? 'no reason given';
  if (fieldOf(json, 'attributes') === undefined && OWN_TROUBLE.test(detail))
    return {
      outcome: 'unreachable',
      detail: 'it answered 422, for trouble of its own (a part of it is not reachable)',
    };
  return { outcome: 'invalid', detail };
}

/** Puma alone sends no `Date`; `/api` says the time in its body: "2026-11-29 14:31:18", UTC. */
function timestampOf(text: string, url: string): string | null {
  if (!url.endsWith('/api')) return null;
  const timestamp = textOf(fieldOf(parsed(text), 'timestamp'));
  return timestamp && `${timestamp.replace(' ', 'T')}Z`;
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A date is by the clock of whoever set it: the answer's own `Date` tells how far off that is. */
const retryAfterOf = (headers: Headers): number | null =>
  parseRetryAfter(headers.get('Retry-After') ?? undefined, new Date(), headers.get('Date') ?? undefined);

function parsed(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

function originOf(location: string | null, base: string): string {
  return location && URL.canParse(location, base) ? new URL(location, base).origin : 'somewhere else';
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  if (error instanceof Error && error.name === 'AbortError') return 'the call was given up';
  // fetch says "fetch failed" and keeps the reason in the cause.
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, message } = cause as { code?: unknown; message?: unknown };
  return textOf(code) ?? textOf(message) ?? String(cause);
}
