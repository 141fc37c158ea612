import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import {
  type AgentRecords,
  type AgentRequest,
  createAgentRecords,
  createDrafter,
  type DraftOptions,
  readAgentRequest,
} from './agent-records.ts';
import type { AgentMode } from '../control/control-api.ts';
import { readBody, sendJson, startHttpServer } from '../sandbox-server.ts';
import { seededRandom } from '../random.ts';

/** How the Agent service treats one webhook. */
export interface Behaviour {
  mode: Exclude<AgentMode, 'down'>;
  /** With `status`; 503 when left out. */
  status?: number;
  /** With `status`: the Retry-After header, in seconds or as the text of a date. */
  retryAfter?: number | string;
  /** Before an answer, in milliseconds. */
  latencyMs?: number;
}

export interface AgentOptions {
  /** A free one when left out. */
  port?: number;
  /** Standard Webhooks secret: webhooks without a right signature are answered 401. */
  secret?: string;
  /** Where to write drafts; none when left out. */
  drafts?: DraftOptions;
  /** How many accepted webhooks `records.received` keeps; all when left out. */
  receivedCap?: number;
}

export interface AgentService {
  url: string;
  records: AgentRecords;
  mode(): AgentMode;
  settings(): Omit<Behaviour, 'mode'>;
  /** In words for a person. */
  health(): string;
  refusedCount(): number;
  draftCount(): number;
  /** Sets the mode for everything from now on, `/health` included, and ends a behaviour set before. */
  setMode(mode: AgentMode, settings?: Omit<Behaviour, 'mode'>): Promise<void>;
  /**
   * Decides webhook by webhook; where `decide` gives nothing, the mode holds. Null ends it.
   * @param words what `health` says meanwhile
   */
  setBehaviour(decide: ((request: AgentRequest) => Behaviour | undefined) | null, words?: string): void;
  /** Answers 503 to a share of the webhooks, repeatable from the seed; 0 ends it. */
  failRandomly(share: number, seed: number): void;
  stop(): Promise<void>;
}

/** A simulated Agent SDK service over real HTTP: GET and HEAD /health, POST /webhooks/chatwoot. */
export async function startAgent(options: AgentOptions = {}): Promise<AgentService> {
  const book = createAgentRecords(options.receivedCap ?? Infinity);
  const verifier = options.secret ? new Webhook(options.secret) : null;
  const drafter = options.drafts ? createDrafter(options.drafts) : null;
  let mode: AgentMode = 'ok';
  let settings: Omit<Behaviour, 'mode'> = {};
  let decide: ((request: AgentRequest) => Behaviour | undefined) | null = null;
  let words: string | undefined;
  let refused = 0;

  const current = (): Behaviour => ({ ...settings, mode: mode === 'down' ? 'reset' : mode });

  /** @returns whether the request was answered 2xx */
  async function answer(response: ServerResponse, how: Behaviour, okBody: unknown): Promise<boolean> {
    if (how.mode === 'hang') return false;
    if (how.mode === 'reset') {
      response.socket?.resetAndDestroy();
      return false;
    }
    if (how.latencyMs) await delay(how.latencyMs);
    const status = how.mode === 'status' ? (how.status ?? 503) : 200;
    if (how.mode === 'status' && how.retryAfter !== undefined) {
      response.setHeader('Retry-After', String(how.retryAfter));
    }
    const isOk = status >= 200 && status < 300;
    sendJson(response, status, isOk ? okBody : { error: `The sandbox was told to answer ${status}.` });
    return isOk;
  }

  async function receive(request: IncomingMessage, response: ServerResponse) {
    const body = await readBody(request);
    const message = readAgentRequest(flat(request.headers), body);
    response.once('close', book.arrived(message));
    const how = decide?.(message) ?? current();
    const isAccepting = how.mode === 'ok' || (how.mode === 'status' && (how.status ?? 503) < 300);
    if (isAccepting && verifier && !isSigned(verifier, message)) {
      refused += 1;
      return sendJson(response, 401, { error: 'The signature does not match.' });
    }
    // Recorded before the answer, in order of arrival: who never sees the answer repeats it as a duplicate.
    if (isAccepting) {
      const isNew = book.accept(message);
      if (isNew) drafter?.draftFor(message);
    } else {
      refused += 1;
    }
    await answer(response, how, { status: 'accepted' });
  }

  const server = await startHttpServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://sandbox').pathname;
    if (path === '/health' && (request.method === 'GET' || request.method === 'HEAD')) {
      // A service that rejects a request with 4xx is in good health.
      const isHealthy = mode === 'status' && (settings.status ?? 503) < 500;
      await answer(response, isHealthy ? { mode: 'ok' } : current(), { status: 'ok' });
      return;
    }
    if (path === '/webhooks/chatwoot' && request.method === 'POST') return receive(request, response);
    request.resume();
    sendJson(response, 404, { error: 'There is nothing here.' });
  }, options.port);

  return {
    url: server.url,
    records: book.records,
    mode: () => mode,
    settings: () => ({ ...settings }),
    health: () => words ?? describe(mode, settings),
    refusedCount: () => refused,
    draftCount: () => drafter?.count() ?? 0,
    async setMode(next, nextSettings = {}) {
      decide = null;
      words = undefined;
      mode = next;
      settings = nextSettings;
      await (next === 'down' ? server.shut() : server.open());
    },
    setBehaviour(next, nextWords) {
      decide = next;
      words = next ? nextWords : undefined;
    },
    failRandomly(share, seed) {
      const random = seededRandom(seed);
      decide = share > 0 ? () => (random() < share ? { mode: 'status', status: 503 } : undefined) : null;
      words = share > 0 ? `Answers 503 to ${Math.round(share * 100)} % of the webhooks` : undefined;
    },
    async stop() {
      await server.shut();
      await drafter?.stop();
    },
  };
}

function isSigned(verifier: Webhook, message: AgentRequest): boolean {
  try {
    verifier.verify(message.body, message.headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

const flat = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

function describe(mode: AgentMode, { status = 503, latencyMs }: Omit<Behaviour, 'mode'>): string {
  switch (mode) {
    case 'ok':
      return latencyMs ? `Works, each answer takes ${latencyMs} ms` : 'Works';
    case 'status':
      return `Answers ${status} to every webhook`;
    case 'hang':
      return 'Takes connections and never answers';
    case 'reset':
      return 'Breaks every connection';
    case 'down':
      return 'Is down: connections are refused';
  }
}
