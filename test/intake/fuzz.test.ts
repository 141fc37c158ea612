import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzz, fuzzTimeout } from '../support/fuzz.ts';
import { oddHeader, oddPayload } from '../support/odd-payloads.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { startIntakeServer, type IntakeServer } from './intake-server.ts';

const MOST_BYTES = 65_536;
/** A connection for each would cost more than what is tried. */
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

let services: TestServices;
let server: IntakeServer;

beforeAll(async () => {
  services = await createTestServices({ WEBHOOK_MAX_BODY_BYTES: String(MOST_BYTES) });
  server = await startIntakeServer(services);
});
afterAll(async () => {
  agent.destroy();
  await server?.stop();
  await services?.close();
});

function send(
  body: Buffer,
  headers: Record<string, string | string[]>,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(server.url, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // Who still sends a second after the refusal of a body that is too large is cut off; a machine that stands still does.
      if (error.code === 'ECONNRESET' && body.length > MOST_BYTES) resolve({ status: 413, text: '{}' });
      else reject(error);
    });
    outgoing.end(body);
  });
}

const body = fc.oneof(
  { weight: 6, arbitrary: oddPayload.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 2, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => Buffer.from(`{"event":${text}`)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        ...[
          '{"event":"message_created","event":"message_updated","id":1,"id":2}',
          '{"event":"x","id":1e400}',
        ],
        ...[`{"event":"message_created","id":${'9'.repeat(400)}}`, '{"event":"x","__proto__":{"event":"y"}}'],
        ...[
          '{"event":"message_created","id":-0,"created_at":1e-400}',
          '\ufeff{"event":"x"}',
          '{"event":"x"}\0',
          'NaN',
        ],
      )
      .map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: fc.nat(3000).map((n) => Buffer.from('{"a":'.repeat(n) + '1' + '}'.repeat(n))) },
  {
    weight: 1,
    arbitrary: fc
      .nat(200_000)
      .map((n) => Buffer.from(`{"event":"message_created","content":"${'x'.repeat(n)}"}`)),
  },
);
const headers = fc.record(
  {
    'Content-Type': fc.oneof(
      { weight: 8, arbitrary: fc.constant('application/json') },
      { weight: 1, arbitrary: oddHeader },
    ),
    'X-Chatwoot-Delivery': fc.oneof(oddHeader, fc.array(oddHeader, { minLength: 2, maxLength: 3 })),
    'X-Chatwoot-Signature': fc.oneof(oddHeader, fc.array(oddHeader, { minLength: 2, maxLength: 3 })),
    'X-Chatwoot-Timestamp': oddHeader,
    'User-Agent': oddHeader,
    'Content-Encoding': fc.constantFrom('identity', 'gzip'),
  },
  { requiredKeys: ['Content-Type'] },
);

test(
  'whatever is sent, the answer is never 5xx, and what is answered 200 is in the inbox, byte for byte',
  async () => {
    await fuzz(
      'No answer is 5xx, and what is answered 200 is in the inbox',
      fc.tuple(body, headers),
      { share: 0.2, batch: 300 },
      async (requests) => {
        const { rows: before } = await services.db.pool.query<{ seq: number }>(
          'SELECT COALESCE(max(seq), 0) AS seq FROM webhook_events',
        );
        const answers = await Promise.all(requests.map(([bytes, head]) => send(bytes, head)));
        const accepted: Buffer[] = [];
        for (const [i, { status, text }] of answers.entries()) {
          expect([200, 400, 401, 413, 415]).toContain(status);
          JSON.parse(text);
          // Of a message that is there already, one with other bytes is the same message.
          if (status === 200 && !text.includes('duplicate')) accepted.push(requests[i]![0]);
        }
        // On a machine that stands still for two seconds by way of the spool file.
        await until(
          'what was accepted is in the inbox',
          async () => {
            const { rows } = await services.db.pool.query<{ found: number }>(
              `WITH fresh AS MATERIALIZED (SELECT seq, body FROM webhook_events WHERE seq > $2)
               SELECT count(*) AS found FROM unnest($1::bytea[]) AS sent(body)
               WHERE EXISTS (SELECT FROM fresh WHERE fresh.body = sent.body
                 AND EXISTS (SELECT FROM deliveries d WHERE d.seq = fresh.seq))`,
              [accepted, before[0]!.seq],
            );
            return rows[0]!.found === accepted.length;
          },
          60_000,
        );
      },
    );
    const taken = await services.db.pool.query<{ n: number }>('SELECT count(*) AS n FROM webhook_events');
    expect(taken.rows[0]!.n).toBeGreaterThan(100);
    expect(server.intake.status()).toMatchObject({ spooled: 0, quarantined: 0, inUse: false });
  },
  fuzzTimeout,
);

test('bytes that are no HTTP do not end the process', async () => {
  const { connect } = await import('node:net');
  for (const bytes of [
    randomBytes(500),
    Buffer.from('POST /api/webhooks/chatwoot\r\n\r\n'),
    Buffer.from('\r\n\r\n'),
  ])
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.end(bytes));
      socket
        .on('data', () => undefined)
        .on('error', () => undefined)
        .on('close', () => resolve());
    });
  const answer = await send(Buffer.from('{"event":"alive"}'), { 'Content-Type': 'application/json' });
  expect(answer.status).toBe(200);
});
