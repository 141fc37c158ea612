import { randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface HttpServer {
  port: number;
  url: string;
  /** Listens again on the same port. */
  open(): Promise<void>;
  /** Closes the listening socket and every connection: clients are refused. */
  shut(): Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Below the range that the system hands out to clients: a port of that range can connect to itself while it is closed. */
const OWN_PORTS = [20_000, 32_000] as const;

/**
 * An HTTP server on 127.0.0.1 that can really go away and come back on its port.
 * @param port a fixed port, or a free one below the ephemeral range when left out
 * @throws Error (EADDRINUSE) when the fixed port is taken
 */
export async function startHttpServer(handler: Handler, port?: number): Promise<HttpServer> {
  const server = createServer((request, response) => {
    void (async () => {
      try {
        await handler(request, response);
      } catch (error) {
        if (!response.socket || response.socket.destroyed) return;
        sendJson(response, 500, { error: `The sandbox failed: ${String(error)}` });
      }
    })();
  });

  const listen = (on: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(on, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });

  const chosen = port ?? (await listenOnFreePort(listen));
  if (port !== undefined) await listen(port);

  // One at a time: a server that listens again before it has closed never tells that it closed.
  let last: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => (last = last.then(work, work));

  return {
    port: chosen,
    url: `http://127.0.0.1:${chosen}`,
    open: () =>
      inTurn(async () => {
        if (server.listening) return;
        for (let attempt = 1; ; attempt++) {
          try {
            return await listen(chosen);
          } catch (error) {
            if (attempt === 20) throw error;
            await delay(100);
          }
        }
      }),
    shut: () =>
      inTurn(async () => {
        if (!server.listening) return;
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      }),
  };
}

async function listenOnFreePort(listen: (port: number) => Promise<void>): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = randomInt(...OWN_PORTS);
    try {
      await listen(port);
      return port;
    } catch (error) {
      if (attempt === 50) throw error;
    }
  }
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function sendJson(response: ServerResponse, status: number, body: unknown, type = 'application/json') {
  if (response.headersSent) return;
  response.writeHead(status, { 'Content-Type': type });
  response.end(JSON.stringify(body));
}

/** The body as an object; null when it is not a JSON object. An empty body is an empty object. */
export function parseJsonObject(body: Buffer): Record<string, unknown> | null {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Appends; beyond `cap` the oldest entries go (a tenth at a time, so that it costs little). */
export function appendBounded<T>(list: T[], item: T, cap: number): void {
  list.push(item);
  if (list.length > cap) list.splice(0, list.length - Math.ceil(cap * 0.9));
}
