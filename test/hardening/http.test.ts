import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { securityHeaders } from '../../app/server/security-headers.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { fetchAs, openTestAccess, type TestAccess } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

let services: TestServices;
let access: TestAccess;
let cookie: string;
const fetch = (input: string | URL, init?: RequestInit) => fetchAs(cookie, input, init);
let app: AppProcess;

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({ DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir });
  await app.ready();
  access = openTestAccess(services);
  cookie = await access.signIn('admin');
});
afterAll(async () => {
  await app?.kill('SIGTERM');
  access?.stop();
  await services?.close();
});

describe('headers', () => {
  async function headersWith(settings: Parameters<typeof securityHeaders>[0], development = false) {
    const server = express()
      .use(securityHeaders(settings, development))
      .get('/', (_request, response) => void response.send('ok'))
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    server.close();
    return headers;
  }

  test('of a page on plain http: no HSTS, no framing', async () => {
    const headers = await headersWith({
      APP_URL: 'http://10.0.0.5:3000',
      FRAME_ANCESTORS: [],
      connection: null,
    });
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
  });

  test('behind TLS and embedded in the Shopify admin', async () => {
    const headers = await headersWith({
      APP_URL: 'https://outage.example.com',
      FRAME_ANCESTORS: ['https://admin.shopify.com', 'https://*.myshopify.com'],
      connection: null,
    });
    expect(headers.get('strict-transport-security')).toMatch(/max-age=31536000/);
    expect(headers.get('x-frame-options')).toBeNull();
    expect(headers.get('content-security-policy')).toContain(
      'frame-ancestors https://admin.shopify.com https://*.myshopify.com',
    );
  });

  test.each([
    '/',
    '/no-such-page',
    '/dead-letters/0',
    '/healthz',
    '/favicon.svg',
    '/assets/none.js',
    '/api/dead-letters/replay',
  ])('every answer has them: %s', async (path) => {
    const { headers } = await fetch(app.url + path);
    expect(headers.get('content-security-policy')).toMatch(/object-src 'none'|default-src 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('every inline script of a page carries the nonce of its own answer', async () => {
    for (const path of ['/', '/no-such-page']) {
      const answer = await fetch(app.url + path);
      const nonce = /'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy')!)![1]!;
      const html = await answer.text();
      const scripts = [...html.matchAll(/<script\b([^>]*)>/g)].map(([, attributes]) => attributes!);
      expect(scripts.length).toBeGreaterThan(1);
      expect(scripts.filter((attributes) => !attributes.includes(`nonce="${nonce}"`))).toEqual([]);
      expect(html).not.toMatch(/\son[a-z]+=/i);
    }
  });
});

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' };
const ACTIONS = [
  '/api/dead-letters/replay',
  '/api/dead-letters/plan',
  '/api/dead-letters/discard',
  '/api/dead-letters/restore',
  '/api/replays/1/pause',
];

describe('limits', () => {
  test.each(ACTIONS)('a form over 1 MB is refused, whether it says its size or not: %s', async (path) => {
    const large = `note=${'x'.repeat(1_100_000)}`;
    const said = await fetch(app.url + path, { method: 'POST', headers: FORM, body: large });
    const chunked = await fetch(app.url + path, {
      method: 'POST',
      headers: FORM,
      body: new Blob([large]).stream(),
      duplex: 'half',
    });
    for (const answer of [said, chunked]) {
      expect(answer.status).toBe(413);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toMatchObject({ code: 'form_too_large' });
    }
  });

  test('headers and address over 16 KB are refused', async () => {
    expect((await fetch(app.url, { headers: { 'X-Long': 'x'.repeat(20_000) } })).status).toBe(431);
    expect((await fetch(`${app.url}/?text=${'x'.repeat(20_000)}`)).status).toBe(431);
  });

  test.each([
    '/delivery?page=99999999999999999999',
    '/delivery?page=-1&range=constructor&sort=__proto__&state=toString',
    '/delivery?since=275760-09-13&until=-271821-04-20',
    '/delivery?since=0000-01-01',
    '/delivery?status=1e3',
    '/delivery?text=%00',
    '/delivery?text=%ff%fe',
    `/delivery?text=${'%25_'.repeat(70)}`,
    `/delivery?text=${'a'.repeat(9000)}`,
    '/delivery?__proto__[polluted]=1&constructor.prototype.polluted=1',
    `/delivery?cause=${encodeURIComponent("x|'; DROP TABLE deliveries; --")}`,
    '/dead-letters/replay?scope=selected&id=99999999999999999999',
    '/dead-letters/replay?scope=matching&since=275760-09-13',
    '/dead-letters/discard?scope=selected&id=1e9',
    '/dead-letters/%00',
    '/dead-letters/%ff',
    '/%ff',
    '/?_data=routes%2F_index&_data=root',
    '/?_data=__proto__',
  ])('a hostile address is no server error: %s', async (path) => {
    await insertEvents(services, {});
    const { status } = await fetch(app.url + path, { redirect: 'manual' });
    expect(status).toBeGreaterThanOrEqual(200);
    expect(status).toBeLessThan(500);
  });

  test('a client that dribbles its headers is cut off; an event stream lives on', async () => {
    const stream = await fetch(`${app.url}/events`);
    const reader = stream.body!.getReader();
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString())).on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const dribble = setInterval(() => socket.write('X-A: b\r\n'), 500);
    await until('the slow client is cut off', () => socket.closed || socket.readableEnded, 40_000);
    clearInterval(dribble);
    expect(answer).toContain('408');
    // What it has sent meanwhile, and then something new.
    for (let seen = ''; !seen.includes('beat');)
      seen += new TextDecoder().decode((await reader.read()).value);
    const before = Date.now();
    let last = '';
    while (!last.includes('beat')) {
      const { value, done } = await reader.read();
      expect(done).toBe(false);
      last = new TextDecoder().decode(value);
      if (Date.now() - before > 20_000) break;
    }
    expect(last).toContain('beat');
    await reader.cancel();
  });
});

describe('redirects', () => {
  test.each([
    'https://evil.example/',
    '//evil.example/',
    '///evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    '/.//evil.example/',
    '/%2e//evil.example',
    '\t//evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'http:evil.example',
  ])('after a form nobody is led away: %s', async (wish) => {
    for (const path of ACTIONS) {
      const answer = await fetch(app.url + path, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'Content-Type': FORM['Content-Type'], Referer: 'https://evil.example/' },
        body: new URLSearchParams({ returnTo: wish, scope: 'selected', id: '999999999' }),
      });
      const location = answer.headers.get('location');
      if (location === null) expect([200, 400, 404, 409]).toContain(answer.status);
      else {
        expect(location).toMatch(/^\/(?![/\\])/);
        expect(new URL(location, app.url).origin).toBe(app.url);
      }
    }
  });

  test.each([
    '//evil.example',
    '//evil.example/%2e%2e',
    '/\\evil.example',
    '//evil.example/assets',
    '/assets',
    '/%5cevil.example/..',
  ])('an odd address leads nowhere else: %s', async (path) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${new URL(app.url).host}\r\nConnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 [2-4]/);
    const location = /^location: (.*)$/im.exec(answer)?.[1]?.trim() ?? '/';
    expect(new URL(location, app.url).origin).toBe(app.url);
  });

  test('a form from another site is refused', async () => {
    for (const path of ACTIONS) {
      const answer = await fetch(app.url + path, {
        method: 'POST',
        headers: { ...FORM, Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
        body: 'scope=all',
      });
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ code: 'other_origin' });
    }
  });
});
