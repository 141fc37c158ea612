import { once } from 'node:events';
import { createServer, Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCalls } from './calls.ts';

/** Reads one address over and over; and the yardstick, a bare server that answers with as many bytes. */
let bare: ReturnType<typeof createServer> | undefined;

function get(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end();
  });
}

answerCalls({
  /** @returns the address of the yardstick */
  async serve({ bytes }: { bytes: number }) {
    const body = Buffer.alloc(bytes, 'x');
    bare = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Length': String(bytes) }).end(body);
    }).listen(0, '127.0.0.1');
    await once(bare, 'listening');
    return `http://127.0.0.1:${(bare.address() as AddressInfo).port}/`;
  },
  /** @returns milliseconds, and how many answers were no 200 */
  async run({ url, count, connections }: { url: string; count: number; connections: number }) {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const begun = performance.now();
    let left = count;
    let other = 0;
    const one = async () => {
      while (left-- > 0) if ((await get(agent, url)) !== 200) other += 1;
    };
    await Promise.all(Array.from({ length: connections }, one));
    agent.destroy();
    return { ms: performance.now() - begun, other };
  },
});
