import type { IncomingHttpHeaders } from 'node:http';
import { appendBounded } from '../bounded-list.ts';
import { parseJsonObject, readBody, sendJson, startHttpServer } from '../sandbox-server.ts';

/** `hang` never answers, `down` refuses connections. */
export const NOTIFIER_MODES = ['ok', 'status', 'hang', 'down'] as const;
export type NotifierMode = (typeof NOTIFIER_MODES)[number];

export interface Received<T> {
  at: Date;
  /** What a person would read first. */
  text: string;
  body: T;
}

/** One of the services that notifications go to. */
export interface NotificationReceiver<T> {
  url: string;
  /** Accepted, in order of arrival. */
  received: Received<T>[];
  /** How many ever, also those that are no longer kept. */
  count(): number;
  /** How many requests came, accepted or not. */
  asked(): number;
  /** What was wrong with messages that were answered 400. */
  problems: string[];
  mode(): NotifierMode;
  setMode(mode: NotifierMode, settings?: { status?: number; retryAfter?: number }): Promise<void>;
  stop(): Promise<void>;
}

interface Kind<T> {
  /** Where it listens; everything else is 404. */
  path: string;
  /** Says what is wrong with a message as the real service would, or reads it. */
  read(
    body: Record<string, unknown>,
    headers: IncomingHttpHeaders,
    raw: string,
  ): { problem: string; answer: unknown; status?: number } | { text: string; body: T };
  accepted: { status: number; body: unknown };
}

/** How many messages are kept. */
const KEPT = 1000;

/** A simulated service over real HTTP that takes notifications, and refuses those that the real one would refuse. */
export async function startReceiver<T>(kind: Kind<T>): Promise<NotificationReceiver<T>> {
  const received: Received<T>[] = [];
  const problems: string[] = [];
  let mode: NotifierMode = 'ok';
  let settings: { status?: number; retryAfter?: number } = {};
  let count = 0;
  let asked = 0;

  const server = await startHttpServer(async (request, response) => {
    const bytes = await readBody(request);
    asked += 1;
    if (mode === 'hang') return;
    if (mode === 'status') {
      if (settings.retryAfter !== undefined) response.setHeader('Retry-After', String(settings.retryAfter));
      return sendJson(response, settings.status ?? 503, { error: 'The sandbox was told to answer so.' });
    }
    if (request.url !== kind.path || request.method !== 'POST')
      return sendJson(response, 404, { error: 'There is nothing here.' });
    const json = parseJsonObject(bytes);
    const read = json
      ? kind.read(json, request.headers, bytes.toString('utf8'))
      : { problem: 'It is no JSON object.', answer: 'invalid_payload' };
    if ('problem' in read) {
      problems.push(read.problem);
      return answer(read.status ?? 400, read.answer);
    }
    count += 1;
    appendBounded(received, { at: new Date(), ...read }, KEPT);
    return answer(kind.accepted.status, kind.accepted.body);

    function answer(status: number, body: unknown) {
      if (typeof body !== 'string') return sendJson(response, status, body);
      response.writeHead(status, { 'Content-Type': 'text/plain' });
      response.end(body);
    }
  });

  return {
    url: server.url + kind.path,
    received,
    problems,
    count: () => count,
    asked: () => asked,
    mode: () => mode,
    async setMode(next, nextSettings = {}) {
      mode = next;
      settings = nextSettings;
      await (next === 'down' ? server.shut() : server.open());
    },
    stop: () => server.shut(),
  };
}
