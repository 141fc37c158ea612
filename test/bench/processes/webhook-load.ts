import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { bodyOf, FIRST_ID, signatureHeaders } from '../body.ts';
import { answerCalls } from './calls.ts';

/**
 * Chatwoot as a load: signed webhooks over kept connections, one request at a time on each. Requests are made
 * before the clock starts and written as they are, so that this process takes as little of the machine as it can.
 */
export interface LoadResult {
  accepted: number;
  other: number;
  ms: number;
  /** ms of each request; in an open loop from the moment it was due, not from when a connection was free. */
  latencies: Float64Array;
  /** Number of the first message in its body, and when each was written to its connection, performance.timeOrigin-based ms. */
  first: number;
  sentAt: Float64Array;
}

let requests: Buffer[] = [];
let made = 0;

/** @param from the number of the first message, so that two of these processes send none twice; one more than the last when left out */
function prepare(wish: { count: number; secret: string; conversations: number; from?: number }) {
  const { count, secret, conversations, from } = wish;
  if (from !== undefined) made = from - 1;
  requests = Array.from({ length: count }, () => {
    made += 1;
    const body = bodyOf(made, made % conversations);
    const headers = {
      Host: 'bench',
      'User-Agent': 'rest-client/2.1.0',
      Accept: 'application/json',
      'Content-Type': 'application/json',
      'X-Chatwoot-Delivery': randomUUID(),
      ...signatureHeaders(secret, body, new Date()),
      'Content-Length': String(body.length),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.from(`POST /api/webhooks/chatwoot HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  });
}

interface Lane {
  socket: Socket;
  /** Resolves with the status of the answer. */
  exchange: (request: Buffer) => Promise<string>;
}

function openLane(port: number): Promise<Lane> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let answered: ((status: string) => void) | undefined;
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < end + 4 + length) return;
      const status = received.slice(9, 12);
      received = '';
      answered?.(status);
    });
    socket.once('error', reject);
    socket.once('connect', () =>
      resolve({
        socket,
        exchange: (request) =>
          new Promise((answer) => {
            answered = answer;
            socket.write(request);
          }),
      }),
    );
  });
}

/** @param rate requests a second whether or not answers come; null: as fast as the connections allow */
async function run({ port, connections, rate }: { port: number; connections: number; rate: number | null }) {
  const lanes = await Promise.all(Array.from({ length: connections }, () => openLane(port)));
  const latencies = new Float64Array(requests.length);
  const sentAt = new Float64Array(requests.length);
  const first = FIRST_ID + made - requests.length + 1;
  const result: LoadResult = { accepted: 0, other: 0, ms: 0, latencies, first, sentAt };
  const started = performance.now();
  let next = 0;
  const dueAt = (index: number) => (rate === null ? 0 : started + (index / rate) * 1000);

  async function work({ exchange }: Lane) {
    for (;;) {
      const index = next;
      if (index >= requests.length) return;
      const early = dueAt(index) - performance.now();
      if (early > 0) {
        await delay(Math.max(1, early));
        continue;
      }
      next += 1;
      const from = rate === null ? performance.now() : dueAt(index);
      sentAt[index] = performance.timeOrigin + performance.now();
      const status = await exchange(requests[index]!);
      latencies[index] = performance.now() - from;
      if (status === '200') result.accepted += 1;
      else result.other += 1;
    }
  }
  await Promise.all(lanes.map(work));
  result.ms = performance.now() - started;
  for (const { socket } of lanes) socket.destroy();
  requests = [];
  return result;
}

answerCalls({ prepare, run });
