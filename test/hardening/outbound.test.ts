import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { isPublicAddress } from '../../app/lib/http/outbound-address.ts';
import { createOutboundFetch, type OutboundOptions } from '../../app/lib/http/outbound.server.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** 127.0.0.1 plays the public internet, 127.0.0.2 the private network. */
const isAllowed = (address: string) => address === '127.0.0.1';

async function serve(host: string, port: number, answer: RequestListener) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  }).listen(port, host);
  await once(server, 'listening');
  cleanUps.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

function outbound(options: Partial<OutboundOptions> = {}) {
  const call = createOutboundFetch({ allowPrivate: false, isAllowed, ...options });
  cleanUps.push(() => call.close());
  return call;
}

test.each([
  ['8.8.8.8', true],
  ['1.1.1.1', true],
  ['2606:4700:4700::1111', true],
  ['127.0.0.1', false],
  ['127.255.255.254', false],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
  ['172.16.0.1', false],
  ['172.31.255.255', false],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['192.0.0.1', false],
  ['192.0.2.1', false],
  ['198.18.0.1', false],
  ['198.51.100.1', false],
  ['203.0.113.1', false],
  ['224.0.0.1', false],
  ['240.0.0.1', false],
  ['255.255.255.255', false],
  ['168.63.129.16', false],
  ['::ffff:168.63.129.16', false],
  ['::ffff:a83f:8110', false],
  ['64:ff9b::a83f:8110', false],
  ['2002:a83f:8110::1', false],
  ['168.63.129.17', true],
  ['192.0.0.192', false],
  ['100.100.100.200', false],
  ['192.80.8.124', false],
  ['161.26.0.10', false],
  ['192.88.99.1', false],
  ['198.19.255.255', false],
  ['100.127.255.255', false],
  ['100.128.0.1', true],
  ['fd00:ec2::254', false],
  ['fd20:ce::254', false],
  ['2001:2::1', false],
  ['2001:20::1', false],
  ['3fff::1', false],
  ['2606:4700::200:5efe:a00:1', false],
  ['2606:4700::5efe:a00:1', false],
  ['5f00::1', false],
  ['::', false],
  ['::1', false],
  ['::127.0.0.1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:8.8.8.8', true],
  ['::ffff:a00:1', false],
  ['::ffff:0:127.0.0.1', false],
  ['64:ff9b::7f00:1', false],
  ['64:ff9b:1::7f00:1', false],
  ['2002:7f00:1::', false],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', false],
  ['2001:db8::1', false],
  ['fc00::1', false],
  ['fd12:3456:789a::1', false],
  ['fe80::1', false],
  ['fe80::1%eth0', false],
  ['fec0::1', false],
  ['ff02::1', false],
  ['100::1', false],
  ['127.1', false],
  ['0x7f.1', false],
  ['example.com', false],
  ['', false],
])('%s is public: %s', (address, expected) => expect(isPublicAddress(address)).toBe(expected));

test.each([
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0177.0.0.1/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://１２７.0.0.1/',
  'http://127.0.0.1./',
  'http://0/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::a00:1]/',
  'http://169.254.169.254/latest/meta-data/',
])('%s is refused without a look-up', async (url) => {
  const lookup = () => expect.unreachable('nothing is looked up');
  const call = outbound({ isAllowed: undefined, lookup });
  expect(await call(url)).toMatchObject({ outcome: 'refused', reason: 'private_address' });
});

test.each([
  ['file:///etc/passwd', 'not_http'],
  ['gopher://127.0.0.1:6379/_', 'not_http'],
  ['javascript:alert(1)', 'not_http'],
  ['no url', 'not_http'],
  ['http://user:password@example.com/', 'credentials'],
  ['http://user@example.com/', 'credentials'],
])('%s is refused: %s', async (url, reason) => {
  expect(await outbound()(url)).toMatchObject({ outcome: 'refused', reason });
});

test.each([
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::a9fe:a9fe]',
  '168.63.129.16',
  '[fd00:ec2::254]',
])(
  "what hands out a machine's credentials is not called, also where private addresses are: %s",
  async (host) => {
    const call = outbound({ allowPrivate: true });
    expect(await call(`http://${host}/latest/meta-data/`)).toMatchObject({
      outcome: 'refused',
      reason: 'private_address',
    });
  },
);

test('a name that resolves to this machine is refused by the real resolver', async () => {
  const { port, requests } = await serve('127.0.0.1', 0, (_request, response) => response.end());
  const call = outbound({ isAllowed: undefined });
  expect(await call(`http://localhost:${port}/`)).toMatchObject({
    outcome: 'refused',
    reason: 'private_address',
  });
  expect(requests).toEqual([]);
  expect(await outbound({ allowPrivate: true })(`http://localhost:${port}/`)).toMatchObject({ status: 200 });
});

test('the address that was checked is the one connected to, whatever the name resolves to a moment later', async () => {
  const open = await serve('127.0.0.1', 0, (_request, response) => response.end('public'));
  const secret = await serve('127.0.0.2', open.port, (_request, response) => response.end('private'));
  let asked = 0;
  const call = outbound({
    lookup(_hostname, _options, callback) {
      asked += 1;
      callback(null, [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]);
    },
  });
  const answer = await call(`http://rebind.example:${open.port}/`);
  expect(answer).toMatchObject({ outcome: 'answered', status: 200, body: Buffer.from('public') });
  expect(asked).toBe(1);
  await call.close();

  const again = outbound({
    lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.2', family: 4 }]),
  });
  expect(await again(`http://rebind.example:${open.port}/`)).toMatchObject({ reason: 'private_address' });
  const mixed = outbound({
    lookup: (_name, _options, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]),
  });
  expect(await mixed(`http://rebind.example:${open.port}/`)).toMatchObject({ reason: 'private_address' });
  expect(secret.requests).toEqual([]);
});

test('redirects are checked hop by hop and lose credentials on the way to another origin', async () => {
  const secret = await serve('127.0.0.2', 0, (_request, response) => response.end('private'));
  const other = await serve('127.0.0.1', 0, (_request, response) => response.end('other'));
  const first = await serve('127.0.0.1', 0, (request, response) => {
    const to: Record<string, string> = {
      '/private': `http://127.0.0.2:${secret.port}/`,
      '/decimal': `http://2130706434:${secret.port}/`,
      '/file': 'file:///etc/passwd',
      '/credentials': `http://a:b@127.0.0.1:${other.port}/`,
      '/nowhere': 'http://[',
      '/other': `http://127.0.0.1:${other.port}/`,
      '/loop': '/loop',
      '/here': '/end',
    };
    const location = to[request.url!];
    if (location) response.writeHead(request.method === 'POST' ? 307 : 302, { Location: location }).end();
    else response.end('end');
  });
  const call = outbound();
  const at = (path: string) => `http://127.0.0.1:${first.port}${path}`;
  expect(await call(at('/private'))).toMatchObject({ reason: 'private_address' });
  expect(await call(at('/decimal'))).toMatchObject({ reason: 'private_address' });
  expect(await call(at('/file'))).toMatchObject({ reason: 'not_http' });
  expect(await call(at('/nowhere'))).toMatchObject({ reason: 'not_http' });
  expect(await call(at('/credentials'))).toMatchObject({ reason: 'credentials' });
  expect(await call(at('/loop'))).toMatchObject({ reason: 'too_many_redirects' });
  expect(await call(at('/here'))).toMatchObject({ status: 200, body: Buffer.from('end'), url: at('/end') });
  expect(first.requests.filter(({ url }) => url === '/loop')).toHaveLength(4);
  expect(secret.requests).toEqual([]);

  const post = {
    method: 'POST',
    headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
    body: '{}',
  } as const;
  expect(await call(at('/other'), post)).toMatchObject({ status: 200, body: Buffer.from('other') });
  expect(other.requests[0]).toMatchObject({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  expect(other.requests[0]!.headers.authorization).toBeUndefined();
});

test('an answer is cut at the limit, and one that never ends is given up', async () => {
  const { port } = await serve('127.0.0.1', 0, (request, response) => {
    if (request.url === '/large') response.end('x'.repeat(500_000));
    else response.write('x');
  });
  const call = outbound({ maxBytes: 1000, timeoutMs: 300 });
  const large = await call(`http://127.0.0.1:${port}/large`);
  expect(large.outcome === 'answered' && large.body.length).toBe(1000);
  expect(await call(`http://127.0.0.1:${port}/endless`)).toMatchObject({
    outcome: 'failed',
    error: { name: 'TimeoutError' },
  });
});
