import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HttpProbeKind } from '../../app/features/health/probes/probe.ts';
import { probeHttp, type HttpProbe } from '../../app/features/health/probes/probe-http.server.ts';
import { probeSmtp } from '../../app/features/health/probes/probe-smtp.server.ts';
import { probeTcp } from '../../app/features/health/probes/probe-tcp.server.ts';
import { type Handler, sendJson, startHttpServer } from '../../app/sandbox/sandbox-server.ts';
import { startIntakeServer } from '../intake/intake-server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const open = new Set<() => unknown>();
afterEach(async () => {
  for (const close of open) await close();
  open.clear();
});

async function http(handler: Handler): Promise<string> {
  const server = await startHttpServer(handler);
  open.add(() => server.shut());
  return server.url;
}

/** A server that does with a connection whatever it likes. */
async function tcp(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.add(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${portOf(server)}`;
}
const portOf = (server: Server) => (server.address() as AddressInfo).port;

const probe = (kind: HttpProbeKind, url: string, more: Partial<HttpProbe> = {}) =>
  probeHttp({ kind, url, timeoutMs: 1500, ...more });

/** Of 127.0.0.1, signed by itself: nobody vouches for it. Made anew, so that no key lies in the repository. */
async function strangersCertificate(): Promise<{ key: string; cert: string }> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  return { key: made.private, cert: made.cert };
}

describe('HTTP', () => {
  test('stages of a name that has to be resolved; a literal address has none', async () => {
    const url = await http((_request, response) => sendJson(response, 200, {}));
    const named = await probe('agent', url.replace('127.0.0.1', 'localhost'));
    expect(named.verdict).toMatchObject({ ok: true, status: 200 });
    expect(named.stages.dnsMs).toBeGreaterThanOrEqual(0);
    expect(named.stages.tcpMs).toBeGreaterThanOrEqual(0);
    expect(named.stages.tlsMs).toBeNull();
    expect((await probe('agent', url)).stages.dnsMs).toBeNull();
  });

  test('TLS is a stage of its own, and a certificate that nobody vouches for is a failure', async () => {
    const { key, cert } = await strangersCertificate();
    const server = createHttps({ key, cert }, (_request, response) => response.end('{}')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    open.add(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
    const stranger = await probe('agent', url);
    expect(stranger.verdict).toMatchObject({ ok: false, status: null, errorClass: 'tls' });
    expect(stranger.stages).toMatchObject({ connected: true, tlsMs: null });

    const before = getCACertificates('default');
    setDefaultCACertificates([...before, cert]);
    try {
      const { verdict, stages } = await probe('agent', url);
      expect(verdict).toMatchObject({ ok: true });
      expect(stages.tlsMs).toBeGreaterThan(0);
    } finally {
      setDefaultCACertificates(before);
    }
  });

  test.each([
    ['dns', 'https://chatwoot.invalid', /its name cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)/, false],
    ['refused', 'http://127.0.0.1:1', /refuses the connection/, false],
  ] as const)('%s', async (errorClass, url, words, connected) => {
    const { verdict, stages } = await probe('agent', url);
    expect(verdict).toMatchObject({ ok: false, status: null, errorClass });
    expect(verdict.detail).toMatch(words);
    expect(stages.connected).toBe(connected);
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['silence', () => undefined, 'timeout'],
    [
      'half an answer',
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
      'timeout',
    ],
    [
      'a drip that never ends',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nX: ');
        setInterval(() => socket.write('x'), 50).unref();
      },
      'timeout',
    ],
    ['a closed connection', (socket) => void socket.end(), 'reset'],
    ['a reset', (socket) => void socket.once('data', () => socket.resetAndDestroy()), 'reset'],
    ['another language', (socket) => void socket.end('220 mail.example.com ESMTP\r\n'), 'reset'],
  ])('%s', async (_name, behave, errorClass) => {
    const address = await tcp(behave);
    const { verdict, stages } = await probe('agent', `http://${address}/health`, { timeoutMs: 300 });
    expect(verdict).toMatchObject({ ok: false, errorClass });
    expect(stages.connected).toBe(true);
    if (errorClass === 'timeout')
      expect(verdict.detail).toMatch(/^does not answer \(timeout after 300 ms; connected after \d+ ms\)$/);
  });

  test('an endless body is not read to its end', async () => {
    let timer: NodeJS.Timeout | undefined;
    const url = await http((_request, response) => {
      timer = setInterval(() => response.write('x'.repeat(16_384)), 1);
      response.on('close', () => clearInterval(timer));
    });
    expect((await probe('agent', url)).verdict).toMatchObject({ ok: true, status: 200 });
    expect((await probe('chatwoot_api', url)).verdict).toMatchObject({
      ok: false,
      errorClass: 'not_chatwoot',
    });
    clearInterval(timer);
  });

  test('stopping ends a probe at once', async () => {
    const address = await tcp(() => undefined);
    const stopping = new AbortController();
    const probing = probe('agent', `http://${address}`, { timeoutMs: 60_000, signal: stopping.signal });
    stopping.abort();
    expect((await probing).verdict.ok).toBe(false);
  });
});

describe('Chatwoot', () => {
  const has = (...paths: string[]) => {
    const asked: string[] = [];
    const handler: Handler = (request, response) => {
      asked.push(request.url!);
      sendJson(response, paths.includes(request.url!) ? 200 : 404, { status: 'woot' });
    };
    return { asked, handler };
  };

  test.each([
    [['/rails/health', '/health', '/api'], '/rails/health'],
    [['/health', '/api'], '/health'],
    [['/api'], '/api'],
  ])('with %j it is alive at %s', async (paths, found) => {
    const { handler } = has(...paths);
    const url = await http(handler);
    const { verdict, url: asked } = await probe('chatwoot_live', url);
    expect(verdict.ok).toBe(true);
    expect(asked).toBe(`${url}${found}`);
  });

  test('the path that it had before is asked first, and found anew when it is gone', async () => {
    const { handler, asked } = has('/health', '/api');
    const url = await http(handler);
    expect((await probe('chatwoot_live', url, { knownPath: '/health' })).verdict.ok).toBe(true);
    expect(asked).toEqual(['/health']);
    const older = has('/api');
    await probe('chatwoot_live', await http(older.handler), { knownPath: '/health' });
    expect(older.asked).toEqual(['/health', '/rails/health', '/api']);
  });

  test('with none of them it is no Chatwoot', async () => {
    const { handler, asked } = has();
    const { verdict } = await probe('chatwoot_live', await http(handler));
    expect(verdict).toMatchObject({ ok: false, status: 404, errorClass: 'http_4xx' });
    expect(verdict.detail).toContain('/rails/health, /health, /api');
    expect(asked).toEqual(['/rails/health', '/health', '/api']);
  });

  test('what is not 404 is the answer, also when it is an error', async () => {
    const url = await http((_request, response) => sendJson(response, 503, {}));
    expect((await probe('chatwoot_live', url)).verdict.detail).toMatch(/^503 in \d+ ms at \/rails\/health$/);
  });

  test('the path of the settings is the only one', async () => {
    const { handler, asked } = has('/up', '/health');
    const url = await http(handler);
    expect((await probe('chatwoot_live', url, { livePath: '/up' })).verdict.ok).toBe(true);
    expect(asked).toEqual(['/up']);
  });

  test('the search for a path as a whole takes no longer than one probe may', async () => {
    const asked: number[] = [];
    const url = await http((_request, response) => {
      asked.push(performance.now());
      setTimeout(() => sendJson(response, 404, {}), 250);
    });
    const { verdict } = await probe('chatwoot_live', url, { timeoutMs: 400 });
    expect(verdict).toMatchObject({ ok: false, errorClass: 'timeout' });
    expect(asked).toHaveLength(2);
  });

  test('the token goes with the authenticated probe only, and no redirect carries it along', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await http((request, response) => {
      seen.push(`elsewhere ${String(request.headers.api_access_token)}`);
      sendJson(response, 200, {});
    });
    const url = await http((request, response) => {
      seen.push(request.headers.api_access_token as string | undefined);
      if (request.url === '/api/v1/profile') response.writeHead(302, { Location: `${elsewhere}/in` }).end();
      else sendJson(response, 200, { version: '4.15.1' });
    });
    for (const kind of ['chatwoot_live', 'chatwoot_api'] as const)
      await probe(kind, url, { token: 'hunter2' });
    const { verdict } = await probe('chatwoot_auth', url, { token: 'hunter2' });
    expect(verdict).toMatchObject({ ok: false, status: 302, errorClass: 'http_3xx' });
    expect(verdict.detail).toContain(elsewhere);
    expect(seen).toEqual([undefined, undefined, 'hunter2']);
  });
});

describe('our own endpoint, from outside', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());

  test('is known by its answer, stores nothing, and is not counted as a refused webhook', async () => {
    const server = await startIntakeServer(services);
    open.add(() => server.stop());
    const { verdict } = await probe('intake', server.url);
    expect(verdict).toMatchObject({ ok: true, status: 405 });
    expect(server.intake.status().rejected).toEqual([]);
    expect(await services.db.prisma.webhookEvent.count()).toBe(0);
    // Anybody else's GET still is one.
    await fetch(server.url);
    expect(server.intake.status().rejected).toMatchObject([{ reason: 'method_not_allowed', count: 1 }]);
  });

  test("somebody else's answer is not ours", async () => {
    const url = await http((_request, response) => sendJson(response, 405, {}));
    expect((await probe('intake', `${url}/api/webhooks/chatwoot`)).verdict).toMatchObject({
      errorClass: 'not_ours',
    });
  });
});

describe('TCP', () => {
  const ask = (url: string) => probeTcp(url, { timeoutMs: 300 });

  test('a port that takes connections', async () => {
    const { verdict, stages } = await ask(`tcp://${await tcp(() => undefined)}`);
    expect(verdict).toMatchObject({ ok: true });
    expect(stages).toMatchObject({ connected: true });
    expect(stages.tcpMs).toBeGreaterThanOrEqual(0);
  });

  test('one that does not, and a name that does not exist', async () => {
    expect((await ask('tcp://127.0.0.1:1')).verdict).toMatchObject({ ok: false, errorClass: 'refused' });
    expect((await ask('tcp://redis.invalid:6379')).verdict.errorClass).toMatch(/dns|timeout/);
  });
});

describe('SMTP', () => {
  const ask = (url: string, timeoutMs = 1500) => probeSmtp(url, { timeoutMs });

  async function mail(options: ConstructorParameters<typeof SMTPServer>[0]): Promise<string> {
    const server = new SMTPServer({ logger: false, ...options });
    server.on('error', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    open.add(() => new Promise<void>((resolve) => server.close(resolve)));
    return `127.0.0.1:${portOf(server.server)}`;
  }

  test('a real server greets, takes EHLO, and sees neither a name nor a mail', async () => {
    let signedIn = 0;
    let closed = 0;
    const address = await mail({
      authOptional: true,
      onAuth: (_auth, _session, done) => {
        signedIn += 1;
        done(null, { user: 'x' });
      },
      onClose: () => {
        closed += 1;
      },
    });
    const { verdict } = await ask(`smtp://user:hunter2@${address}`);
    expect(verdict).toMatchObject({ ok: true, status: 250 });
    expect(verdict.detail).toMatch(/^greets and takes EHLO in \d+ ms$/);
    await until('the connection is closed', () => closed === 1);
    expect(signedIn).toBe(0);
  });

  test('TLS from the first byte, with a certificate that nobody vouches for', async () => {
    const { key, cert } = await strangersCertificate();
    const address = await mail({ secure: true, key, cert, authOptional: true });
    expect((await ask(`smtps://${address}`)).verdict).toMatchObject({ ok: false, errorClass: 'tls' });
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, cert]);
    try {
      const { verdict, stages } = await ask(`smtps://${address}`);
      expect(verdict.ok).toBe(true);
      expect(stages.tlsMs).toBeGreaterThan(0);
    } finally {
      setDefaultCACertificates(before);
    }
  });

  test.each<[string, (socket: Socket) => void, string, RegExp]>([
    [
      'refuses us',
      (socket) => void socket.write('554 no service\r\n'),
      'smtp',
      /^554 instead of a greeting$/,
    ],
    [
      'a greeting in pieces and over several lines',
      (socket) => {
        socket.write('220-mail.exam');
        setTimeout(() => socket.write('ple.com\r\n220 re'), 20);
        setTimeout(() => socket.write('ady\r\n'), 40);
        socket.once('data', () => socket.write('502 no EHLO\r\n'));
      },
      'smtp',
      /^502 to EHLO$/,
    ],
    ['says nothing', () => undefined, 'timeout', /^does not answer/],
    ['hangs up', (socket) => void socket.end(), 'reset', /breaks the connection off/],
    ['speaks another language', (socket) => void socket.write('x'.repeat(9000)), 'smtp', /^500 instead/],
  ])('%s', async (_name, behave, errorClass, words) => {
    const { verdict } = await ask(`smtp://${await tcp(behave)}`, 400);
    expect(verdict).toMatchObject({ ok: false, errorClass });
    expect(verdict.detail).toMatch(words);
  });

  test('nothing listens', async () => {
    expect((await ask('smtp://127.0.0.1:1')).verdict).toMatchObject({ ok: false, errorClass: 'refused' });
  });
});
