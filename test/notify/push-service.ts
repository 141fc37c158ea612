import { createECDH, createPublicKey, type ECDH, randomBytes, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import ece from 'http_ece';
import { readBody, startHttpServer } from '../../app/sandbox/sandbox-server.ts';
import type { PushPayload } from '../../app/features/notify/channels/push/send-to-push.server.ts';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  payload: PushPayload;
}

interface Mode {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/**
 * A push service on this machine and the browsers that are subscribed to it. It takes what RFC 8030 lets it take, from whom RFC
 * 8292 proves, and opens it with the browser's keys as RFC 8291 says.
 */
export async function startPushService() {
  const browsers = new Map<string, { keys: ECDH; auth: Buffer; mode: Mode; publicKey: string }>();
  const received: Received[] = [];
  const problems: string[] = [];
  const server = await startHttpServer(async (request, response) => {
    const path = request.url ?? '';
    const body = await readBody(request);
    const browser = browsers.get(path);
    const { headers } = request;
    if (!browser) return void response.writeHead(404).end();
    const { keys, auth, mode, publicKey } = browser;
    if (request.method !== 'POST') problems.push(`${request.method}`);
    if (headers['content-encoding'] !== 'aes128gcm') problems.push(`encoding ${headers['content-encoding']}`);
    if (!/^\d+$/.test(String(headers.ttl))) problems.push(`TTL ${String(headers.ttl)}`);
    if (!/^[\w-]{1,32}$/.test(String(headers.topic))) problems.push(`topic ${String(headers.topic)}`);
    problems.push(...wrongWithVapid(headers.authorization ?? '', server.url, publicKey));
    if (body.length > 4096) problems.push(`${body.length} bytes`);
    if (mode.status !== 201) return void response.writeHead(mode.status, mode.headers).end(mode.body);
    const clear = ece.decrypt(body, {
      version: 'aes128gcm',
      privateKey: keys,
      authSecret: auth.toString('base64url'),
    });
    received.push({ path, headers, payload: JSON.parse(clear.toString()) as PushPayload });
    response.writeHead(201, { Location: `${server.url}/message/${received.length}` }).end();
  });
  return {
    url: server.url,
    received,
    problems,
    /** A browser subscribes, bound to the app's public key. */
    subscribe(publicKey: string) {
      const keys = createECDH('prime256v1');
      const p256dh = keys.generateKeys().toString('base64url');
      const auth = randomBytes(16);
      const path = `/push/${randomBytes(12).toString('base64url')}`;
      browsers.set(path, { keys, auth, publicKey, mode: { status: 201 } });
      return {
        path,
        json: JSON.stringify({
          endpoint: `${server.url}${path}`,
          expirationTime: null,
          keys: { p256dh, auth: auth.toString('base64url') },
        }),
      };
    },
    setMode(path: string, mode: Mode) {
      browsers.get(path)!.mode = mode;
    },
    stop: () => server.shut(),
  };
}

/** `vapid t=<JWT>, k=<public key>`: signed by the key that the subscription is bound to, for this service, for a day at most. */
function wrongWithVapid(authorization: string, origin: string, publicKey: string): string[] {
  const [, token, key] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization) ?? [];
  if (!token || key !== publicKey) return [`authorization ${authorization.slice(0, 20)}`];
  const [head, claims, signature] = token.split('.') as [string, string, string];
  const raw = Buffer.from(publicKey, 'base64url');
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: raw.subarray(1, 33).toString('base64url'),
    y: raw.subarray(33).toString('base64url'),
  };
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    aud: string;
    exp: number;
    sub: string;
  };
  const seconds = said.exp - Date.now() / 1000;
  return [
    ...(isSigned ? [] : ['signature']),
    ...(said.aud === origin ? [] : [`aud ${said.aud}`]),
    ...(seconds > 0 && seconds <= 86_400 ? [] : [`exp in ${seconds} s`]),
    ...(/^(mailto:|https:)/.test(said.sub) ? [] : [`sub ${said.sub}`]),
  ];
}
