import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** An answer on its way back, to be changed in place. */
export interface ProxiedAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface ChatwootProxy {
  url: string;
  /** What was asked, as `GET /path?query`, in order. */
  asked: string[];
  /** How answers are changed from now on. */
  change: (call: string, answer: ProxiedAnswer) => void | Promise<void>;
  stop(): Promise<void>;
}

/** Stands between the app and a Chatwoot and changes what it answers. */
export async function startChatwootProxy(target: string): Promise<ChatwootProxy> {
  const asked: string[] = [];

  async function pass(request: IncomingMessage, response: ServerResponse) {
    const call = `${request.method} ${request.url}`;
    asked.push(call);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const given = ['api_access_token', 'content-type', 'accept'].flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    });
    const answer = await fetch(target + request.url, {
      method: request.method,
      headers: Object.fromEntries(given) as Record<string, string>,
      body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
      redirect: 'manual',
    });
    const headers: Record<string, string> = {};
    for (const name of ['content-type', 'date', 'retry-after']) {
      const value = answer.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    const changed = { status: answer.status, headers, body: await answer.text() };
    await proxy.change(call, changed);
    response.sendDate = false;
    response.writeHead(changed.status, changed.headers).end(changed.body);
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const proxy: ChatwootProxy = {
    url: `http://127.0.0.1:${port}`,
    asked,
    change: () => undefined,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

/** Dates every answer by a clock that is `aheadMs` ahead. */
export function datedAhead(answer: ProxiedAnswer, aheadMs: number): void {
  answer.headers.date = new Date(Date.now() + aheadMs).toUTCString();
}
