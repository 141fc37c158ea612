import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONVERSATION_AT, MESSAGE_AT } from '../body.ts';
import { answerCalls } from './calls.ts';

/** The Agent service as fast as Node makes it: reads the body, answers, and counts what a bench must know. */
export interface StubCounts {
  requests: number;
  /** Requests whose message had come before. */
  again: number;
  /** Requests whose message is older than one of its conversation that came before it. */
  outOfOrder: number;
  /** performance.timeOrigin-based ms of the first and the last request. */
  firstAt: number;
  lastAt: number;
}

let status = 200;
let newest = new Map<string, string>();
/** By message, when it came, by performance.timeOrigin-based ms. */
let cameAt = new Map<string, number>();
let counts = empty();
let awaited: { requests: number; resolve(counts: StubCounts): void } | undefined;

function empty(): StubCounts {
  return { requests: 0, again: 0, outOfOrder: 0, firstAt: 0, lastAt: 0 };
}

function count(head: Buffer): void {
  const message = head.toString('latin1', MESSAGE_AT, MESSAGE_AT + 9);
  const conversation = head.toString('latin1', CONVERSATION_AT, CONVERSATION_AT + 9);
  if (cameAt.has(message)) counts.again += 1;
  else cameAt.set(message, performance.timeOrigin + performance.now());
  if ((newest.get(conversation) ?? '') >= message) counts.outOfOrder += 1;
  else newest.set(conversation, message);
  counts.lastAt = performance.timeOrigin + performance.now();
  if (counts.requests === 0) counts.firstAt = counts.lastAt;
  counts.requests += 1;
  if (awaited && counts.requests >= awaited.requests) {
    awaited.resolve(counts);
    awaited = undefined;
  }
}

const server = createServer((request, response) => {
  request.once('data', count);
  request.resume().once('end', () => {
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': 11 });
    response.end('{"ok":true}');
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  answerCalls({
    url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (with_: number) => {
      status = with_;
    },
    reset: () => {
      counts = empty();
      newest = new Map();
      cameAt = new Map();
    },
    counts: () => counts,
    cameAt: () => cameAt,
    /** Resolves once so many requests came since the last reset. */
    reached: (requests: number) =>
      counts.requests >= requests
        ? counts
        : new Promise<StubCounts>((resolve) => {
            awaited = { requests, resolve };
          }),
  });
});
