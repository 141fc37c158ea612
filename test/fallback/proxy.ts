import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';

export interface HoldingProxy {
  url: string;
  /** What went through, as `METHOD path`. */
  log: string[];
  /**
   * Holds the next request that matches: before it reaches the other side, or its answer.
   * @returns resolves when it is held; the answer never comes
   */
  hold(when: 'before' | 'after', matches: (call: string) => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Stands between the app and a service, and holds a request where a test wants to kill whoever sent it. */
export async function startHoldingProxy(target: string): Promise<HoldingProxy> {
  let held: { when: 'before' | 'after'; matches: (call: string) => boolean; reached: () => void } | undefined;
  const log: string[] = [];

  async function pass(request: IncomingMessage, response: ServerResponse) {
    const call = `${request.method} ${(request.url ?? '').split('?')[0]}`;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const own = held?.matches(call) ? held : undefined;
    if (own) held = undefined;
    if (own?.when === 'before') return own.reached();
    log.push(call);
    const headers = Object.fromEntries(
      ['api_access_token', 'content-type', 'accept'].flatMap((name) => {
        const value = request.headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
    const answer = await fetch(target + request.url, {
      method: request.method,
      headers,
      body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    });
    const text = await answer.text();
    if (own) return own.reached();
    response.writeHead(answer.status, {
      'Content-Type': answer.headers.get('Content-Type') ?? 'application/json',
    });
    response.end(text);
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    hold(when, matches) {
      return new Promise<void>((reached) => (held = { when, matches, reached }));
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
