import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { post, sign, startIntakeServer, type IntakeServer } from './intake-server.ts';
import { messageCreated } from './samples.ts';

let services: TestServices;
let server: IntakeServer;

beforeAll(async () => {
  services = await createTestServices({ WEBHOOK_MAX_BODY_BYTES: '1048576' });
  server = await startIntakeServer(services);
});
afterAll(async () => {
  await server?.stop();
  await services?.close();
});

async function rows<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
  return (await services.db.pool.query<T>(sql, values)).rows;
}

/** A request that fetch would not send; resolves with everything the server says until it closes. */
function raw(text: string, port = server.port): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
      if (/\r\n\r\n[\s\S]*\}$/.test(answer)) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('a refused request', () => {
  test.each<
    [
      string,
      number,
      string,
      () => Promise<{ status: number; headers: Headers; json: Record<string, unknown> }>,
    ]
  >([
    [
      'another media type',
      415,
      'unsupported_media_type',
      () => post(server.url, '{}', { 'Content-Type': 'text/plain' }),
    ],
    [
      'a compressed body',
      415,
      'unsupported_media_type',
      () => post(server.url, '{}', { 'Content-Encoding': 'gzip' }),
    ],
    ['more than the limit', 413, 'too_large', () => post(server.url, Buffer.alloc(1_048_577, ' '))],
    ['malformed JSON', 400, 'malformed_json', () => post(server.url, '{"event":')],
    ['no UTF-8', 400, 'not_utf8', () => post(server.url, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))],
    ['no object', 400, 'not_an_object', () => post(server.url, '[1]')],
    ['201 levels', 400, 'too_deep', () => post(server.url, `${'['.repeat(201)}${']'.repeat(201)}`)],
  ])('%s: %i %s', async (_name, status, code, send) => {
    const answer = await send();
    expect(answer).toMatchObject({ status, json: { status, code } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const rejected = server.intake.status().rejected.find(({ reason }) => reason === code);
    expect(rejected!.count).toBeGreaterThan(0);
    expect(await services.metrics.registry.metrics()).toMatch(
      new RegExp(`rejected_total\\{reason="${code}"\\} [1-9]`),
    );
    await until(
      `${code} is counted in the database`,
      async () =>
        (await rows('SELECT FROM fact_rollups WHERE metric = $1 AND label = $2', ['rejected', code]))
          .length === 4,
    );
  });

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])('%s: 405 with Allow', async (method) => {
    const answer = await fetch(server.url, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  test('a chunked body beyond the limit is answered while it is being sent', async () => {
    const chunk = `40000\r\n${' '.repeat(0x40000)}\r\n`;
    const head = `POST /api/webhooks/chatwoot HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const answer = await raw(head + chunk.repeat(8));
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/connection: close/i);
  });

  test('a length beyond the limit is answered before the body comes', async () => {
    const answer = await raw(
      `POST /api/webhooks/chatwoot HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe('oddities of HTTP', () => {
  const send = (head: string, body: string) =>
    raw(
      `POST /api/webhooks/chatwoot HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${head}\r\n\r\n${body}`,
    );

  test('a chunked body, a media type with parameters, Expect: 100-continue', async () => {
    expect(await send('Transfer-Encoding: chunked', '2\r\n{}\r\n0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
    expect(await send('Expect: 100-continue\r\nContent-Length: 2', '{}')).toMatch(
      /100 Continue[\s\S]*HTTP\/1.1 200 /,
    );
    const typed = await post(server.url, '{}', { 'Content-Type': 'application/json; charset=utf-8' });
    expect(typed.status).toBe(200);
  });

  test('repeated headers and absurd timestamps are no error of ours', async () => {
    const odd =
      'X-Chatwoot-Delivery: a\r\nX-Chatwoot-Delivery: b\r\nX-Chatwoot-Timestamp: 9e999\r\nX-Chatwoot-Timestamp: -1';
    expect(await send(`${odd}\r\nContent-Length: 2`, '{}')).toMatch(/^HTTP\/1.1 200 /);
  });

  test('a request that is broken off leaves nothing behind, and the next is served', async () => {
    const before = await rows('SELECT FROM webhook_events');
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write(
          'POST /api/webhooks/chatwoot HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"event":',
          () => socket.destroy(),
        );
      });
      socket.on('close', () => resolve());
    });
    expect((await post(server.url, messageCreated(905))).status).toBe(200);
    expect(await rows('SELECT FROM webhook_events')).toHaveLength(before.length + 1);
  });

  test('one connection serves many webhooks; other paths are not ours', async () => {
    const one =
      'POST /api/webhooks/chatwoot?x=1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    const answers = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(one + one + one));
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.match(/"status":"accepted"/g)?.length === 3) socket.end();
      });
      socket.on('close', () => resolve(text));
    });
    expect(answers.match(/HTTP\/1.1 200/g)).toHaveLength(3);
    expect((await fetch(`${server.url}x`, { method: 'POST' })).status).toBe(404);
  });
});

describe('secrets', () => {
  const now = () => String(Math.floor(Date.now() / 1000));

  test('signatures by the configured secrets and the registered webhook, or the token, let a webhook in', async () => {
    const own = await createTestServices({
      CHATWOOT_WEBHOOK_SECRET: 'new, old',
      CHATWOOT_WEBHOOK_TOKEN: 't0ken-of-some-length',
      // Without a key the registered secret stays out of the database, which then tells only that there is one.
      DATA_ENCRYPTION_KEYS: `one:${randomBytes(32).toString('base64')}`,
    });
    const folder = path.join(own.dataDir, 'secrets');
    await mkdir(folder);
    await writeFile(
      path.join(folder, 'chatwoot-webhook.json'),
      JSON.stringify({ secret: 'registered', webhookId: 3 }),
    );
    const secured = await startIntakeServer(own);
    try {
      expect(secured.intake.status()).toMatchObject({ open: false });
      for (const secret of ['new', 'old', 'registered', 'other']) {
        const timestamp = now();
        const answer = await post(secured.url, '{}', {
          'X-Chatwoot-Timestamp': timestamp,
          'X-Chatwoot-Signature': sign(secret, timestamp, '{}'),
        });
        expect([secret, answer.status]).toEqual([secret, secret === 'other' ? 401 : 200]);
      }
      const stale = String(Number(now()) - 301);
      const answers = await Promise.all([
        post(secured.url, '{}', {
          'X-Chatwoot-Timestamp': stale,
          'X-Chatwoot-Signature': sign('new', stale, '{}'),
        }),
        post(secured.url, '{}'),
        post(`${secured.url}?token=guess`, '{}'),
        post(`${secured.url}?a=b&token=t0ken-of-some-length`, '{}'),
      ]);
      expect(answers.map(({ status, json }) => [status, json.code ?? json.status])).toEqual([
        [401, 'stale_signature'],
        [401, 'missing_signature'],
        [401, 'bad_token'],
        [200, 'accepted'],
      ]);
    } finally {
      await secured.stop();
      await own.close();
    }
  });

  test('unsigned webhooks are taken only where somebody has said so, and the intake says that it is open', () => {
    expect(services.config.CHATWOOT_WEBHOOK_ALLOW_UNSIGNED).toBe(true);
    expect(server.intake.status().open).toBe(true);
  });
});

test('neither database nor disk: 503 with Retry-After, and nothing is said to be stored', async () => {
  const own = await createTestServices();
  const lonely = await startIntakeServer(own);
  try {
    await rm(path.join(own.dataDir, 'spool'), { recursive: true, force: true });
    await writeFile(path.join(own.dataDir, 'spool'), 'not a folder');
    await own.db.pool.query('ALTER TABLE deliveries RENAME TO deliveries_away');
    const answer = await post(lonely.url, messageCreated(1));
    expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await own.db.pool.query('ALTER TABLE deliveries_away RENAME TO deliveries');
    expect((await post(lonely.url, messageCreated(2))).status).toBe(200);
    const { rows: stored } = await own.db.pool.query('SELECT via FROM webhook_events');
    expect(stored).toEqual([{ via: 'direct' }]);
  } finally {
    await lonely.stop();
    await own.close();
  }
});
