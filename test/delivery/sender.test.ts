import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type ClaimedDelivery, describeError } from '../../app/features/delivery/claimed-delivery.ts';
import { isRetryable } from '../../app/lib/http/attempt-outcome.ts';
import { createSender, type Sender } from '../../app/features/delivery/send-event.server.ts';

let stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
});

async function senderTo(
  answer: RequestListener,
  options: { timeoutMs?: number; connections?: number } = {},
): Promise<Sender> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sender = createSender({
    agentUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    timeoutMs: options.timeoutMs ?? 10_000,
    connections: options.connections ?? 2,
    secret: undefined,
    now: () => new Date(),
  });
  stops.push(
    () => sender.close(),
    () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  );
  return sender;
}

const delivery = (seq: number): ClaimedDelivery => ({
  seq,
  eventId: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  deliveryId: null,
  event: 'message_created',
  conversationKey: '2:1',
  conversationId: '1',
  run: 1,
  attempts: 0,
  attemptsTotal: 0,
  runStartedAt: new Date(),
  replayId: null,
  late: false,
  fetchedAt: null,
  body: Buffer.from('{"event":"message_created"}'),
  confidential: false,
  probe: false,
});

test.each([
  ['<!DOCTYPE html><html><title>Sign in</title></html>', 'web_page'],
  ['\uFEFF\n<html lang="en">', 'web_page'],
  ['{"draft":"<html>"}', 'ok'],
  ['', 'ok'],
])('what answers 200 with %j has %s', async (body, outcome) => {
  const sender = await senderTo((_request, response) => response.end(body));
  const result = await sender.send(delivery(1));
  expect(result).toMatchObject({ outcome, status: 200 });
  // A proxy's page goes by; the message is sent again.
  expect(isRetryable(result.outcome)).toBe(outcome !== 'ok');
  if (outcome === 'web_page')
    expect(describeError(result)).toMatch(/^A web page with HTTP 200 came in place/);
});

test('of a long answer the first 4 KB are kept, and an endless one is not read to its end', async () => {
  let dropped = 0;
  const sender = await senderTo((_request, response) => {
    response.once('close', () => {
      if (!response.writableFinished) dropped += 1;
    });
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    };
    response.on('drain', more);
    more();
  });
  const result = await sender.send(delivery(1));
  expect(result).toMatchObject({ outcome: 'ok', status: 200, response: 'x'.repeat(4096) });
  await expect.poll(() => dropped).toBe(1);
});

test('an answer that stops in the middle of its body is a timeout, and its connection is given up', async () => {
  let closed = false;
  const sender = await senderTo(
    (request, response) => {
      request.socket.once('close', () => {
        closed = true;
      });
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('half');
    },
    { timeoutMs: 150 },
  );
  expect(await sender.send(delivery(1))).toMatchObject({ outcome: 'timeout', status: null, response: null });
  await expect.poll(() => closed).toBe(true);
});

test('a service that hangs costs its own request a timeout, and the next one gets a new connection', async () => {
  const seen: unknown[] = [];
  const sender = await senderTo(
    (request, response) => {
      seen.push(request.headers['webhook-id']);
      if (seen.length > 1) response.end('{}');
    },
    { timeoutMs: 300, connections: 1 },
  );
  const both = await Promise.all([sender.send(delivery(1)), sender.send(delivery(2))]);
  expect(both[0]).toMatchObject({ outcome: 'timeout' });
  expect(await sender.send(delivery(3))).toMatchObject({ outcome: 'ok' });
  expect(seen[0]).toBe(delivery(1).eventId);
  expect(seen.at(-1)).toBe(delivery(3).eventId);
});

test('connections that are reset while idle, as a request goes out on them, cost no attempt', async () => {
  let resets = 0;
  const seen: unknown[] = [];
  const sender = await senderTo(
    (request, response) => {
      const { socket } = request;
      seen.push(request.headers['webhook-id']);
      response.end('{}');
      // What comes next on this connection is met by a reset, as of a proxy that has forgotten it.
      socket.removeAllListeners('data');
      socket.once('data', () => {
        resets += 1;
        socket.resetAndDestroy();
      });
    },
    { connections: 3 },
  );
  for (let seq = 1; seq <= 12; seq++)
    expect(await sender.send(delivery(seq))).toMatchObject({ outcome: 'ok', status: 200 });
  expect(resets).toBeGreaterThanOrEqual(5);
  expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => delivery(i + 1).eventId));
});

test('a service that breaks every connection is sent one request, and one more only over a connection that had worked', async () => {
  let requests = 0;
  const sender = await senderTo(
    (request, response) => {
      requests += 1;
      if (requests === 1) response.end('{}');
      else request.socket.resetAndDestroy();
    },
    { connections: 1 },
  );
  expect(await sender.send(delivery(1))).toMatchObject({ outcome: 'ok' });
  expect(await sender.send(delivery(2))).toMatchObject({ outcome: 'reset' });
  expect(requests).toBe(3);
  expect(await sender.send(delivery(3))).toMatchObject({ outcome: 'reset' });
  expect(requests).toBe(4);
});

test('NULs and broken characters of an answer do not reach the database', async () => {
  const sender = await senderTo((_request, response) => response.end(Buffer.from([0x61, 0x00, 0xff, 0x62])));
  expect(await sender.send(delivery(1))).toMatchObject({ response: 'a\uFFFD\uFFFDb' });
});
