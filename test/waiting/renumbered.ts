import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** Numbers of the simulated Chatwoot, which counts as JavaScript does. */
export const FIRST_IDS = { conversation: 700_001, message: 800_001, contact: 900_001 };
/** 700001 and 700002 become 2^53 and 2^53 + 1, which are the same number to JavaScript; so do messages and contacts. */
const OFFSET = 2n ** 53n - 700_001n;
const OURS = /(?<![\d.])[789]00\d{3}(?![\d])/g;
const THEIRS = /(?<!\d)900\d{13}(?!\d)/g;

export const enlarge = (text: string): string => text.replace(OURS, (id) => String(BigInt(id) + OFFSET));
export const reduce = (text: string): string => text.replace(THEIRS, (id) => String(BigInt(id) - OFFSET));

export interface Renumbered {
  url: string;
  stop(): Promise<void>;
}

/** Stands between two HTTP services and renumbers what one says to the other. */
export async function startRenumbering(
  target: string,
  { request: asked, response: answered }: Record<'request' | 'response', (text: string) => string>,
): Promise<Renumbered> {
  async function pass(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const given = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === 'string' && !/^(host|connection|content-length|transfer-encoding)$/.test(name)
        ? [[name, value]]
        : [],
    );
    const answer = await fetch(target + asked(request.url ?? '/'), {
      method: request.method,
      headers: Object.fromEntries(given) as Record<string, string>,
      body: chunks.length > 0 ? asked(Buffer.concat(chunks).toString()) : undefined,
    });
    const text = answered(await answer.text());
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(text);
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
