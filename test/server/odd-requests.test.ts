import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let app: AppProcess;
beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    // What a proxy claims counts, whatever it is.
    TRUSTED_PROXIES: '1',
  });
  await app.ready();
}, 120_000);
afterAll(async () => {
  await app?.kill('SIGTERM');
  await services?.close();
});

/** Sends bytes as they are. @returns the statuses of all answers, once the connection is closed */
async function send(text: string): Promise<number[]> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  socket.write(text, 'latin1');
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  // An answer may begin right behind the body of the one before.
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
const host = () => `Host: ${new URL(app.url).host}\r\n`;
const CLOSE = 'Connection: close\r\n';
const PATH = '/api/webhooks/chatwoot';

interface Webhook {
  target?: string;
  hosts?: string;
  /** Headers that say how long the body is, and the body as it goes over the wire. */
  framing?: (body: string) => [headers: string, wire: string];
}
const plain = (body: string): [string, string] => [`Content-Length: ${body.length}\r\n`, body];
const chunk = (body: string, extension = '') => `${body.length.toString(16)}${extension}\r\n${body}\r\n`;

/** Posts a webhook. @returns its status, and how often it is stored */
async function postWebhook({ target = PATH, hosts = host(), framing = plain }: Webhook) {
  const delivery = randomUUID();
  const [headers, wire] = framing(JSON.stringify({ event: 'message_created', id: delivery }));
  const request = `POST ${target} HTTP/1.1\r\n${hosts}Content-Type: application/json\r\nX-Chatwoot-Delivery: ${delivery}\r\n${headers}${CLOSE}\r\n${wire}`;
  const statuses = await send(request);
  const { rowCount } = await services.db.pool.query('SELECT FROM webhook_events WHERE delivery_id = $1', [
    delivery,
  ]);
  return { statuses, stored: rowCount };
}

describe('a webhook that is sent oddly', () => {
  test.each<[string, Webhook]>([
    ['with a slash too many', { target: `/${PATH}` }],
    ['with a slash too many, inside', { target: '/api//webhooks/chatwoot' }],
    ['with slashes at the end', { target: `${PATH}//?x=1` }],
    ['in absolute form', { target: `http://outage.example.com${PATH}` }],
    ['in absolute form, with https and a query', { target: `HTTPS://outage.example.com${PATH}?x=1` }],
    ['percent-encoded', { target: '/api/webhooks/%63hatwoot' }],
    ['to a host that is none', { hosts: 'Host: a b\r\n' }],
    [
      'byte by byte, in chunks with extensions',
      {
        framing: (body) => [
          'Transfer-Encoding: chunked\r\n',
          `${[...body].map((one) => chunk(one, ';a="b"')).join('')}0\r\n\r\n`,
        ],
      },
    ],
    [
      'in chunks with a trailer',
      {
        framing: (body) => [
          'Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n',
          `${chunk(body)}0\r\nX-Sum: 1\r\n\r\n`,
        ],
      },
    ],
    ['with an upgrade', { framing: (body) => [`Upgrade: h2c\r\n${plain(body)[0]}`, body] }],
  ])('%s: stored once, then answered 200', async (_name, webhook) => {
    expect(await postWebhook(webhook)).toEqual({ statuses: [200], stored: 1 });
  });

  test.each<[string, Webhook, number]>([
    ['two lengths', { framing: (body) => [`Content-Length: 5\r\n${plain(body)[0]}`, body] }, 400],
    [
      'a length and chunks',
      {
        framing: (body) => ['Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `${chunk(body)}0\r\n\r\n`],
      },
      400,
    ],
    [
      'an encoding after the chunks',
      { framing: (body) => ['Transfer-Encoding: chunked, identity\r\n', `${chunk(body)}0\r\n\r\n`] },
      400,
    ],
    ['no length', { framing: (body) => ['', body] }, 400],
    ['a compressed body', { framing: (body) => [`Content-Encoding: gzip\r\n${plain(body)[0]}`, body] }, 415],
    ['another path', { target: `${PATH};a=b` }, 405],
  ])('%s: refused and not stored', async (_name, webhook, status) => {
    const { statuses, stored } = await postWebhook(webhook);
    // A body that nobody asked for may look like a request of its own, and is refused as such.
    expect(statuses[0]).toBe(status);
    expect(statuses).not.toContain(200);
    expect(stored).toBe(0);
  });
});

test.each([
  ['TRACE / HTTP/1.1', 'Host: x\r\n', 405],
  ['TRACE /api/webhooks/chatwoot HTTP/1.1', 'Host: x\r\n', 405],
  ['OPTIONS * HTTP/1.1', 'Host: x\r\n', 400],
  ['OPTIONS / HTTP/1.1', 'Host: x\r\n', 405],
  ['GET http://outage.example.com/healthz HTTP/1.1', 'Host: x\r\n', 200],
  ['GET http://outage.example.com/sign-in HTTP/1.1', 'Host: x\r\n', 200],
  ['GET http://[/ HTTP/1.1', 'Host: x\r\n', 404],
  ['GET /sign-in?cause=%00 HTTP/1.1', 'Host: x\r\n', 400],
  ['GET /incidents/%00 HTTP/1.1', 'Host: x\r\n', 400],
  ['GET /%5c HTTP/1.1', 'Host: x\r\n', 400],
  ['GET /%5C%5c?q=1 HTTP/1.1', 'Host: x\r\n', 400],
  ['GET /sign-in/%2e%2e/%5c HTTP/1.1', 'Host: x\r\n', 400],
  ['GET /%5c%2fevil.example HTTP/1.1', 'Host: x\r\n', 400],
  ['GET //[ HTTP/1.1', 'Host: x\r\n', 400],
  ['GET //evil.example/ HTTP/1.1', 'Host: x\r\n', 400],
  ['GET /a/%5c HTTP/1.1', 'Host: x\r\n', 404],
  ['GET /sign-in HTTP/1.1', 'Host: a b\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host: [::1\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host: [::1]:3000\r\n', 200],
  ['GET /sign-in HTTP/1.1', 'Host: x:99999\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host: a@b\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host: %00\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host:\r\n', 200],
  ['GET /sign-in HTTP/1.1', 'Host: x\r\nX-Forwarded-Host: y:99999\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host: x\r\nX-Forwarded-Host: y.example, z.example\r\n', 200],
  ['GET /sign-in HTTP/1.1', 'Host: x\r\nX-Forwarded-Host: a@c.example\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host: x\r\nX-Forwarded-Host: y.example/a\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host: x\r\nX-Forwarded-Proto: 1.5\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host: x\r\nX-Forwarded-Proto: javascript\r\n', 400],
  ['GET /sign-in HTTP/1.1', 'Host: x\r\nX-Forwarded-Proto: https,http\r\n', 200],
])('%s with %j is no server error', async (line, headers, status) => {
  expect(await send(`${line}\r\n${headers}${CLOSE}\r\n`)).toEqual([status]);
});

test('what a client asks in vain leaves nothing in the log', async () => {
  for (const line of [
    'PUT / HTTP/1.1',
    'POST /health HTTP/1.1',
    'GET /assets/%ff HTTP/1.1',
    'TRACE / HTTP/1.1',
    'GET /sign-in HTTP/1.1\r\nX-Forwarded-Proto: ]',
  ])
    await send(`${line}\r\n${host()}Content-Length: 0\r\n${CLOSE}\r\n`);
  expect(app.output()).not.toContain('"level":50');
});
