import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Endpoint = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The way from outside to the webhook endpoint of a drill: it can be shut, and then every connection is refused. */
export interface DrillGate {
  url: string;
  /** What is behind it; nothing to begin with. */
  lead(to: Endpoint): void;
  open(): Promise<void>;
  shut(): Promise<void>;
  close(): Promise<void>;
}

export async function openGate(): Promise<DrillGate> {
  let endpoint: Endpoint | null = null;
  const server = createServer((request, response) => {
    if (!endpoint?.(request, response)) response.writeHead(404).end();
  });
  async function listen(port: number) {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
  async function shut() {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    lead: (to) => void (endpoint = to),
    async open() {
      if (!server.listening) await listen(port);
    },
    shut,
    close: shut,
  };
}
