import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sign } from '../intake/intake-server.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const SECRET = 'of-this-test';
const MB = 1 << 20;
let services: TestServices;
let app: AppProcess;
const sockets = new Set<Socket>();

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({
    CHATWOOT_WEBHOOK_SECRET: SECRET,
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
  });
  await app.ready();
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});
afterAll(async () => {
  await app?.kill('SIGTERM');
  await services?.close();
});

const now = () => String(Math.floor(Date.now() / 1000));
/** Of the right form and made by nobody: the headers alone do not give it away. */
const forged = () => `X-Chatwoot-Timestamp: ${now()}\r\nX-Chatwoot-Signature: sha256=${'0'.repeat(64)}\r\n`;

/** @returns the socket, what the server said on it, and when it was closed */
function open(head: string): { socket: Socket; said: () => string; closed: Promise<void> } {
  let said = '';
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  // Now and not once it is connected: what a test writes comes after it.
  socket.write(head);
  sockets.add(socket);
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  socket.on('error', () => undefined);
  return {
    socket,
    said: () => said,
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  };
}

const post = (path: string, headers: string) => open(`POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);

async function memoryMb(): Promise<number> {
  const status = await readFile(`/proc/${app.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

async function cpuMs(): Promise<number> {
  const fields = (await readFile(`/proc/${app.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function sendGenuine(bytes: number) {
  const body = JSON.stringify({
    event: 'message_created',
    id: bytes,
    account: { id: 2 },
    content: 'x'.repeat(bytes),
  });
  const timestamp = now();
  return fetch(`${app.url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Chatwoot-Timestamp': timestamp,
      'X-Chatwoot-Signature': sign(SECRET, timestamp, body),
    },
    body,
  });
}

test.each([
  ['/api/webhooks/chatwoot', 'Content-Type: application/json\r\n'],
  ['/api/dead-letters/replay', 'Content-Type: application/x-www-form-urlencoded\r\n'],
  ['/tickets/import', 'Content-Type: multipart/form-data; boundary=x\r\n'],
])('1 MB in one-byte pieces is ended before it costs anything: %s', async (path, type) => {
  const [memory, cpu] = [await memoryMb(), await cpuMs()];
  const { socket, closed } = post(
    path,
    `${type}${forged()}Sec-Fetch-Site: same-origin\r\nTransfer-Encoding: chunked\r\n`,
  );
  socket.write('1\r\nx\r\n'.repeat(MB));
  await closed;
  expect((await cpuMs()) - cpu).toBeLessThan(1500);
  expect((await memoryMb()) - memory).toBeLessThan(60);
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
});

test('a large webhook in pieces as a network makes them is taken, up to 10 MiB; larger is refused by its headers', async () => {
  const answer = await sendGenuine(9 * MB);
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'accepted' }]);
  const { rows } = await services.db.pool.query<{ n: number }>(
    `SELECT length(body) AS n FROM webhook_events ORDER BY seq DESC LIMIT 1`,
  );
  expect(rows[0]!.n).toBeGreaterThan(9 * MB);
  const larger = post(
    '/api/webhooks/chatwoot',
    `Content-Type: application/json\r\n${forged()}Content-Length: ${11 * MB}\r\n`,
  );
  await until('it is refused unread', () => larger.said().startsWith('HTTP/1.1 413'));
});

test('who cannot be genuine by the headers has no body read', async () => {
  for (const headers of ['', `X-Chatwoot-Timestamp: ${now()}\r\nX-Chatwoot-Signature: sha256=short\r\n`]) {
    const { said } = post(
      '/api/webhooks/chatwoot',
      `Content-Type: application/json\r\n${headers}Content-Length: ${5 * MB}\r\n`,
    );
    await until('it is refused unread', () => said().startsWith('HTTP/1.1 401'));
  }
});

test('bodies that are held for the sake of holding them give way: memory is bounded, and genuine webhooks are taken', async () => {
  const memory = await memoryMb();
  const held = Array.from({ length: 20 }, () => {
    const one = post(
      '/api/webhooks/chatwoot',
      `Content-Type: application/json\r\n${forged()}Content-Length: ${9 * MB}\r\n`,
    );
    one.socket.write(Buffer.alloc(9 * MB - 1, 'x'));
    return one;
  });
  let ended = 0;
  for (const { closed } of held) void closed.then(() => (ended += 1));
  await until('the oldest gave way', () => ended > 0);
  for (let i = 0; i < 5; i += 1) expect((await sendGenuine(MB + i)).status).toBe(200);
  expect((await memoryMb()) - memory).toBeLessThan(350);
});

test.each(['keep-alive', 'close'])(
  'a large form that is refused before it was read has its answer: Connection: %s',
  async (connection) => {
    const { socket, said, closed } = post(
      '/people',
      `Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\nConnection: ${connection}\r\nContent-Length: ${8 * MB}\r\n`,
    );
    const errors: unknown[] = [];
    socket.on('error', (error) => errors.push(error));
    socket.write(Buffer.alloc(8 * MB, 'x'));
    await until('the answer', () => said().startsWith('HTTP/1.1 401'));
    // The connection is good for more, or ends as it should.
    if (connection === 'keep-alive') {
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      await until('the next answer', () => said().includes('HTTP/1.1 200'));
    } else await closed;
    expect(errors).toEqual([]);
  },
);

test('what follows an answer is bounded, too', async () => {
  const { socket, said, closed } = post(
    '/people',
    `Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\nContent-Length: ${200 * MB}\r\n`,
  );
  const memory = await memoryMb();
  socket.write(Buffer.alloc(64 * MB, 'x'));
  await closed;
  expect(said()).not.toContain('200');
  expect((await memoryMb()) - memory).toBeLessThan(60);
});
