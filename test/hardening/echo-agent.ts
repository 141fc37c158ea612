import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EchoAgent {
  url: string;
  /** Bytes of every webhook, in order of arrival; health checks are answered and not kept. */
  bodies: Buffer[];
  /** Status of the next answers; each quotes the request. */
  status: number;
  stop(): Promise<void>;
}

/** An Agent service that quotes what it was sent in its answers, as debugging services do. */
export async function startEchoAgent(status: number): Promise<EchoAgent> {
  const bodies: Buffer[] = [];
  const agent: EchoAgent = { url: '', bodies, status, stop: () => Promise.resolve() };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') bodies.push(Buffer.concat(chunks));
      response.writeHead(agent.status, { 'Content-Type': 'application/json' });
      response.end(`{"received":${Buffer.concat(chunks).toString()}}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  agent.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  agent.stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return agent;
}
