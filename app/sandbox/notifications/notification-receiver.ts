import type { IncomingHttpHeaders } from 'node:http';
import { appendBounded, parseJsonObject, readBody, sendJson, startHttpServer } from '../sandbox-server.ts';

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

export interface SlackMessage {
  text: string;
  blocks?: SlackBlock[];
}

interface SlackBlock {
  type: string;
  text?: { type: string; text: string };
  fields?: { type: string; text: string }[];
  elements?: { type: string; text: string }[];
}

/** A simulated Slack incoming webhook, with the limits of https://docs.slack.dev/reference/block-kit/blocks. */
export function startSlack(): Promise<NotificationReceiver<SlackMessage>> {
  return startReceiver<SlackMessage>({
    path: '/services/T0SANDBOX/B0SANDBOX/sandboxsecretsandboxsecr',
    accepted: { status: 200, body: 'ok' },
    read(body) {
      const message = body as unknown as SlackMessage;
      if (typeof message.text !== 'string' || message.text === '')
        return { problem: 'It has no top-level text.', answer: 'no_text' };
      const wrong = (message.blocks ?? []).map(wrongWithBlock).find(Boolean);
      const problem = (message.blocks ?? []).length > 50 ? 'It has more than 50 blocks.' : wrong;
      return problem ? { problem, answer: 'invalid_blocks' } : { text: message.text, body: message };
    },
  });
}

function wrongWithBlock({ type, text, fields, elements }: SlackBlock): string | undefined {
  const tooLong = (limit: number, value = text?.text) =>
    value === undefined || value.length === 0 || value.length > limit;
  switch (type) {
    case 'header':
      return tooLong(150) || text?.type !== 'plain_text'
        ? 'Its header is not 1 to 150 plain characters.'
        : undefined;
    case 'section':
      if (text && tooLong(3000)) return 'A section is not 1 to 3000 characters.';
      if (!text && !fields) return 'A section has neither text nor fields.';
      if (fields && (fields.length > 10 || fields.some((field) => tooLong(2000, field.text))))
        return 'A section has more than 10 fields, or one that is not 1 to 2000 characters.';
      return undefined;
    case 'context':
      return elements && elements.length >= 1 && elements.length <= 10
        ? undefined
        : 'A context has not 1 to 10 elements.';
    default:
      return `There is no block "${type}".`;
  }
}
