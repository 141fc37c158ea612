import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressGroup, countTry, type Limit } from '../features/access/sign-in/count-try.server.ts';
import { nodeBody } from '../features/intake/handle-webhook.server.ts';
import { tokenCaller } from '../features/intake/webhook-gate.server.ts';
import { buildDocument } from '../features/status/build-document.server.ts';
import type { ReadyAnswer, StatusPage } from '../features/status/open-status-page.server.ts';
import type { StatusDocument } from '../features/status/status-document.ts';
import { styleOf } from '../features/status/status-style.ts';
import {
  type Refusal,
  renderHookAdded,
  renderSaid,
  renderSubscribe,
  renderSubscription,
} from '../features/status/subscribers/render-subscribe.ts';
import {
  endSubscription,
  findSubscription,
  readAddressKey,
  saveSubscription,
  signUp,
  signUpHook,
} from '../features/status/subscribers/sign-up.server.ts';
import {
  hashOfMail,
  parseAddress,
  parseHook,
  SUBSCRIBE_PATH,
  SUBSCRIPTION_PATH,
} from '../features/status/subscribers/subscriber.ts';
import { unlessAway } from '../lib/database/transaction.server.ts';
import type { Services } from '../lib/services.server.ts';
import type { Config } from '../lib/settings/config.ts';

/** A proxy may go on showing what it has while nobody answers it, s. */
const IF_ERROR = 86_400;

/** The Content-Security-Policy of public pages: nothing but their own style, by its hash, and their logo; forms where there are some. */
function pagePolicies(frameAncestors: readonly string[]): (colour: string, hasForms: boolean) => string {
  const frames = frameAncestors.length > 0 ? frameAncestors.join(' ') : "'none'";
  let last = { colour: '', policy: '' };
  return (colour, hasForms) => {
    if (last.colour !== colour) {
      const hash = createHash('sha256').update(styleOf(colour)).digest('base64');
      last = {
        colour,
        policy: `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self'; base-uri 'none'; frame-ancestors ${frames}; form-action`,
      };
    }
    return `${last.policy} ${hasForms ? "'self'" : "'none'"}`;
  };
}

/**
 * The public status page on node:http alone, past sign-in, Remix and the database.
 * @returns a handler that says whether the request was its own
 */
export function statusEndpoint(
  page: StatusPage,
  { APP_URL, FRAME_ANCESTORS }: Pick<Config, 'APP_URL' | 'FRAME_ANCESTORS'>,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const policyOf = pagePolicies(FRAME_ANCESTORS);
  const secure: Record<string, string> = APP_URL?.startsWith('https:')
    ? { 'Strict-Transport-Security': 'max-age=31536000' }
    : {};

  function headersOf(answer: ReadyAnswer, hasForms: boolean): Record<string, string> {
    return {
      'Content-Type': answer.type,
      ETag: answer.etag,
      'Cache-Control': `public, max-age=${answer.maxAge}, stale-if-error=${IF_ERROR}`,
      Vary: 'Accept-Encoding',
      'Content-Security-Policy': answer.type.startsWith('text/html')
        ? policyOf(answer.colour, hasForms)
        : "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': answer.shared ? 'cross-origin' : 'same-origin',
      ...(answer.shared && { 'Access-Control-Allow-Origin': '*' }),
      ...secure,
    };
  }

  return (request, response) => {
    const { method = 'GET', url = '' } = request;
    if (!/^\/(?:status|api\/v2|history\.)/.test(url) || (method !== 'GET' && method !== 'HEAD')) return false;
    const [path = '', query] = url.split('?', 2);
    const answer = page.answer(path.length > 1 ? path.replace(/\/$/, '') : path, query === 'shape=icon');
    if (!answer) return false;
    const headers = headersOf(answer, path.startsWith(SUBSCRIBE_PATH));
    if (isKnown(request.headers['if-none-match'], answer.etag)) {
      response.writeHead(304, headers).end();
      return true;
    }
    const zipped = TAKES_GZIP.test(String(request.headers['accept-encoding'] ?? '')) ? answer.zipped : null;
    const body = zipped ?? answer.body;
    if (zipped) {
      headers['Content-Encoding'] = 'gzip';
      // Other bytes than unzipped ones: a strong tag would say that they are the same (RFC 9110, 8.8.3.3).
      headers.ETag = `W/${answer.etag}`;
    }
    headers['Content-Length'] = String(body.length);
    response.writeHead(200, headers).end(method === 'HEAD' ? undefined : body);
    return true;
  };
}

/** `Accept-Encoding`; what has a weight of 0 is refused (RFC 9110, 12.4.2). */
const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i;

/** `If-None-Match`, in which a proxy may have made the tag a weak one. */
const isKnown = (sent: string | undefined, etag: string): boolean =>
  sent !== undefined &&
  (sent.trim() === '*' || sent.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag));

const HOUR_MS = 3_600_000;
/** Sign-ups of one network; webhooks, which are called while somebody waits, apart. */
const BY_NETWORK: Limit = { name: 'subscribe/network', max: 10, windowMs: HOUR_MS };
const HOOKS_BY_NETWORK: Limit = { name: 'subscribe/hooks', max: 5, windowMs: HOUR_MS };
/** Mails to one address, whoever asks for them: more are left out in silence. */
const BY_ADDRESS: Limit = { name: 'subscribe/address', max: 3, windowMs: 24 * HOUR_MS };
/** Sign-ups of everybody: the app writes to no more strangers than this. */
const BY_ALL: Limit = { name: 'subscribe/all', max: 2000, windowMs: HOUR_MS };

const LONGEST_BODY = 16_384;
const PATH = new RegExp(`^${SUBSCRIPTION_PATH}([\\w-]{43})$`);

interface Answer {
  status: number;
  /** A page, or where to go on (303). */
  body?: string;
  location?: string;
  headers?: Record<string, string>;
}

/**
 * Signing up for updates and the page that a mail's link opens, on node:http like the status page. Links are what proves who
 * somebody is, so that no cookie and no origin counts, and mail providers may post to them (RFC 8058). They lead somewhere also
 * while nobody can sign up.
 * @returns a handler that says whether the request was its own
 */
export function subscribeEndpoint(
  page: StatusPage,
  services: Services,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { config, log } = services;
  const policyOf = pagePolicies(config.FRAME_ANCESTORS);
  return (request, response) => {
    const { url = '' } = request;
    if (!url.startsWith('/status/subscri')) return false;
    const path = url.split('?', 1)[0]!.replace(/(?<=.)\/$/, '');
    const current = page.current();
    const token = PATH.exec(path)?.[1];
    if (
      token === undefined &&
      (!current?.page.subscribe || (path !== SUBSCRIBE_PATH && path !== `${SUBSCRIBE_PATH}/sent`))
    )
      return false;
    documentFor(services, current)
      .then(async (document) => {
        const made = await answer({ services, document, request }, path, token).catch((error: unknown) => {
          log.error({ err: error }, 'a subscription could not be changed');
          return said(document, 'away', 503, services.db.clock.now());
        });
        const body = made.body ?? '';
        response.writeHead(made.status, {
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Length': String(Buffer.byteLength(body)),
          'Content-Security-Policy': policyOf(document.page.colour, true),
          'Cache-Control': 'no-store',
          'X-Content-Type-Options': 'nosniff',
          'X-Robots-Tag': 'noindex',
          // The link is a secret.
          'Referrer-Policy': 'no-referrer',
          ...(config.APP_URL?.startsWith('https:') && { 'Strict-Transport-Security': 'max-age=31536000' }),
          ...(made.location && { Location: made.location }),
          ...made.headers,
        });
        response.end(request.method === 'HEAD' ? undefined : body);
      })
      .catch((error: unknown) => {
        log.warn({ problem: String(error) }, 'an answer could not be sent');
        if (!response.headersSent) response.writeHead(503, { 'Cache-Control': 'no-store' }).end();
      });
    return true;
  };
}

/** Links of mails that went out before the page was switched off still end what they are about. */
const documentFor = async (services: Services, current: StatusDocument | null): Promise<StatusDocument> =>
  current ?? (await buildDocument(services, services.db.clock.now(), true))!;

const said = (
  document: StatusDocument,
  what: Parameters<typeof renderSaid>[1],
  status: number,
  now: Date,
): Answer => ({ status, body: renderSaid(document, what, now) });

interface Asked {
  services: Services;
  document: StatusDocument;
  request: IncomingMessage;
}

async function answer(asked: Asked, path: string, token: string | undefined): Promise<Answer> {
  const { services, document, request } = asked;
  const now = services.db.clock.now();
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isRead && request.method !== 'POST')
    return { ...said(document, 'unknown', 405, now), headers: { Allow: 'GET, HEAD, POST' } };
  if (path === `${SUBSCRIBE_PATH}/sent`) return said(document, 'sent', 200, now);
  if (isRead && token === undefined) return { status: 200, body: renderSubscribe(document, now) };
  const fields = isRead ? null : await readFields(request);
  const done = await unlessAway(services.db, () =>
    token === undefined ? takeSignUp(asked, fields!, now) : onLink(asked, { path, token, fields }, now),
  );
  if (done) return done.value;
  return token === undefined
    ? { status: 503, body: renderSubscribe(document, now, refusalOf('away', fields!.form)) }
    : said(document, 'away', 503, now);
}

interface Fields {
  form: URLSearchParams;
  /** What a mail program posts, whatever the form it has (RFC 8058, 3.2). */
  oneClick: boolean;
}

async function readFields(request: IncomingMessage): Promise<Fields> {
  const body = await nodeBody(request)(LONGEST_BODY);
  const text = typeof body === 'string' ? '' : body.toString('utf8');
  const isForm = String(request.headers['content-type'] ?? '').startsWith(
    'application/x-www-form-urlencoded',
  );
  // PostgreSQL's text takes every character but NUL.
  const sent = [...new URLSearchParams(isForm ? text : '')];
  const form = new URLSearchParams(sent.map(([name, value]) => [name, value.replaceAll('\0', '')]));
  return { form, oneClick: /List-Unsubscribe(=|"\s+)One-Click/.test(text) };
}

const refusalOf = (kind: Refusal['kind'], form: URLSearchParams): Refusal => ({
  kind,
  typed: (form.get('email') ?? form.get('hook') ?? '').slice(0, 500),
  ticked: form.getAll('component'),
});

async function takeSignUp(asked: Asked, { form }: Fields, now: Date): Promise<Answer> {
  const { services, document, request } = asked;
  const { config, db } = services;
  const refuse = (kind: Refusal['kind'], status: number): Answer => ({
    status,
    body: renderSubscribe(document, now, refusalOf(kind, form)),
  });
  const hook = form.get('hook');
  const address =
    hook === null ? parseAddress(form.get('email') ?? '') : parseHook(hook, config.OUTBOUND_LOOPBACK_ONLY);
  if (address === null) return refuse(hook === null ? 'email' : 'hook', 400);
  const network = networkOf(request, config.TRUSTED_PROXIES);
  const counted = await countTry(db.pool, hook === null ? BY_NETWORK : HOOKS_BY_NETWORK, network, now);
  if (!counted.allowed || !(await countTry(db.pool, BY_ALL, 'everybody', now)).allowed)
    return { ...refuse('many', 429), headers: { 'Retry-After': String(counted.retryAfterSeconds) } };
  const wish = { address, ticked: form.getAll('component').slice(0, 100), now };
  if (hook !== null) {
    const added = await signUpHook(services, wish);
    if (!added) return refuse('hook', 400);
    const shown =
      added === 'known'
        ? added
        : { secret: added.secret, link: `${config.APP_URL ?? ''}${SUBSCRIPTION_PATH}${added.token}` };
    return { status: 200, body: renderHookAdded(document, shown, now) };
  }
  const mails = await countTry(
    db.pool,
    BY_ADDRESS,
    hashOfMail(await readAddressKey(services, now), address),
    now,
  );
  if (mails.allowed) await signUp(services, wish);
  return { status: 303, location: `${SUBSCRIBE_PATH}/sent` };
}

function networkOf({ socket, headers }: IncomingMessage, trusted: number): string {
  const forwarded = trusted === 0 ? undefined : headers['x-forwarded-for'];
  return addressGroup(tokenCaller(socket.remoteAddress ?? '', String(forwarded ?? ''), trusted).trim());
}

async function onLink(
  { services, document }: Asked,
  { path, token, fields }: { path: string; token: string; fields: Fields | null },
  now: Date,
): Promise<Answer> {
  if (fields && (fields.oneClick || fields.form.get('do') === 'leave')) {
    // The same when it is over already: whoever asks twice is answered twice.
    await endSubscription(services, token);
    return said(document, 'left', 200, now);
  }
  const found = await findSubscription(services.db.pool, token, now);
  if (!found) return said(document, 'unknown', 404, now);
  if (!fields) return { status: 200, body: renderSubscription(document, found, path, now) };
  if (fields.form.get('do') !== 'save') return said(document, 'unknown', 400, now);
  await saveSubscription(services, {
    id: found.id,
    ticked: fields.form.getAll('component').slice(0, 100),
    now,
  });
  return { status: 303, location: path };
}
