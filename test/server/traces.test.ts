import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startApp } from '../support/app-process.ts';
import { createTestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code?: number };
}
interface Exported {
  resourceSpans: { resource: { attributes: Span['attributes'] }; scopeSpans: { spans: Span[] }[] }[];
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(answer: (url: string, headers: IncomingHttpHeaders, body: string) => number) {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = answer(request.url!, request.headers, Buffer.concat(chunks).toString());
      response.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function start(agentUrl: string, env: Record<string, string>) {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-traces-'));
  const app = await startApp({
    ...{ DATABASE_URL: database.url, DATA_DIR: dataDir, AGENT_SDK_URL: agentUrl },
    ...{ CHATWOOT_BASE_URL: 'http://127.0.0.1:9', CHATWOOT_ACCOUNT_ID: '1', CHATWOOT_API_TOKEN: 'x' },
    ...{ CHATWOOT_WEBHOOK_BASE_DELAY_MS: '50', DELIVERY_SETTLE_MS: '0' },
    ...env,
  });
  closing.push(async () => {
    await app.kill('SIGTERM');
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });
  await app.ready();
  return app;
}

/** The same message each time: its id follows from its second. */
const WRITTEN = new Date().toISOString();

const post = (url: string) =>
  fetch(`${url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      ...{ event: 'message_created', id: 7, message_type: 'incoming', content: 'Where is my parcel?' },
      ...{
        account: { id: 1 },
        conversation: { id: 3 },
        sender: { id: 5, name: 'Mara Lind', type: 'contact' },
      },
      created_at: WRITTEN,
    }),
  });

test('a webhook and each attempt to deliver it are one trace, which the Agent service is told of', async () => {
  const exported: Exported[] = [];
  const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
  const collector = await serve((url, headers, body) => {
    expect(url).toBe('/v1/traces');
    seen.push({ headers, body });
    exported.push(JSON.parse(body) as Exported);
    return 200;
  });
  const parents: string[] = [];
  const ids: string[] = [];
  const agent = await serve((_url, headers) => {
    if (headers.traceparent) parents.push(String(headers.traceparent));
    if (headers['webhook-id']) ids.push(String(headers['webhook-id']));
    return parents.length === 1 ? 503 : 200;
  });
  const app = await start(agent, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer for-the-collector',
    OTEL_SERVICE_NAME: 'support',
  });
  expect((await post(app.url)).status).toBe(200);
  await until('it was delivered', () => parents.length === 2, 30_000);
  expect((await post(app.url)).status).toBe(200);

  const spans = () =>
    exported.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans)),
    );
  await until('all spans are exported', () => spans().length >= 4, 30_000);
  const named = (name: string) => spans().filter((span) => span.name === name);
  const value = (span: Span, key: string) =>
    Object.values(span.attributes.find((a) => a.key === key)?.value ?? {})[0];
  const traceId = ids[0]!.replaceAll('-', '');
  expect(spans().every((span) => span.traceId === traceId)).toBe(true);

  const [root] = named('receive webhook');
  expect(root!.parentSpanId ?? '').toBe('');
  expect(value(root!, 'outage_center.event')).toBe('message_created');
  const attempts = named('deliver event').toSorted(
    (a, b) => Number(value(a, 'outage_center.attempt')) - Number(value(b, 'outage_center.attempt')),
  );
  expect(attempts.map((span) => span.parentSpanId)).toEqual([root!.spanId, root!.spanId]);
  expect(
    attempts.map((span) => [
      value(span, 'outage_center.outcome'),
      Number(value(span, 'http.response.status_code')),
      span.status.code,
    ]),
  ).toEqual([
    ['http_5xx', 503, 2],
    ['ok', 200, 0],
  ]);
  expect(parents).toEqual(attempts.map(({ spanId }) => `00-${traceId}-${spanId}-01`));
  expect(BigInt(attempts[0]!.startTimeUnixNano) >= BigInt(root!.startTimeUnixNano)).toBe(true);
  const [again] = named('receive webhook again');
  expect(again!.parentSpanId).toBe(root!.spanId);

  const said = seen.map(({ body }) => body).join('');
  expect(said).toContain('"support"');
  expect(said).not.toMatch(/parcel|Mara|Lind|for-the-collector/);
  expect(seen[0]!.headers.authorization).toBe('Bearer for-the-collector');
  expect(app.output()).not.toContain('for-the-collector');
}, 120_000);

test('without the setting nothing is sent and nobody is told; a collector that is away holds nothing up', async () => {
  const parents: (string | undefined)[] = [];
  const agent = await serve((_url, headers) => {
    if (headers['webhook-id']) parents.push(headers.traceparent as string | undefined);
    return 200;
  });
  const silent = await start(agent, {});
  await post(silent.url);
  await until('it was delivered', () => parents.length === 1, 30_000);
  expect(parents).toEqual([undefined]);

  const away = await start(agent, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  await post(away.url);
  await until('it was delivered', () => parents.length === 2, 30_000);
  await until('the log says so', () => away.output().includes('traces could not be sent'), 60_000);
  const before = performance.now();
  expect(await away.kill('SIGTERM')).toBe(0);
  expect(performance.now() - before).toBeLessThan(30_000);
}, 180_000);
