import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface FrontCall {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  body: unknown;
}

export interface FrontAnswer {
  status: number;
  /** JSON; text as it is. */
  body: unknown;
  headers?: Record<string, string>;
}

export interface Front {
  url: string;
  /** Every call, as `METHOD path?query`, and when it came (unix ms). */
  calls: { call: string; at: number }[];
  /**
   * What is answered from now on.
   * @param handle `pass` asks the service behind; null: everything is passed on
   */
  answer(
    handle:
      ((call: FrontCall, pass: () => Promise<FrontAnswer>) => FrontAnswer | Promise<FrontAnswer>) | null,
  ): void;
  stop(): Promise<void>;
}

/** Stands before an HTTP service and answers in its place where a test wants that, as the real one would in trouble. */
export async function startFront(target: string): Promise<Front> {
  let handle: Parameters<Front['answer']>[0] = null;
  const calls: Front['calls'] = [];

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const { method = 'GET', url = '/' } = request;
    calls.push({ call: `${method} ${url}`, at: Date.now() });
    const pass = async (): Promise<FrontAnswer> => {
      const headers = Object.fromEntries(
        ['api_access_token', 'content-type', 'accept'].flatMap((name) => {
          const value = request.headers[name];
          return typeof value === 'string' ? [[name, value]] : [];
        }),
      );
      const answer = await fetch(target + url, { method, headers, body: raw.length > 0 ? raw : undefined });
      const text = await answer.text();
      return { status: answer.status, body: parsed(text) };
    };
    const { pathname: path, searchParams: query } = new URL(url, target);
    const call = { method, path, query, body: parsed(raw.toString()) };
    const answer = handle ? await handle(call, pass) : await pass();
    response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? null));
  }
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    answer(next) {
      handle = next;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
