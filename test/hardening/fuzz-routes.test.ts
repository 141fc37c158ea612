import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACTIONS, NAMES, NOT_HERE, VALUES } from '../access/hostile-forms.ts';
import { makeToken } from '../access/make-token.ts';
import { ROUTES } from '../access/route-table.ts';
import { type AppProcess, freePort, startApp } from '../support/app-process.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { fuzz, fuzzTimeout } from '../support/fuzz.ts';
import { odd, oddHeader } from '../support/odd-payloads.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, signInOver, type TestPerson } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

/** Whatever is sent to the addresses of the running app: nothing of it makes it fail, hang, or lead anybody elsewhere. */
let services: TestServices;
let app: AppProcess;
let admin: TestPerson;
const agent = new Agent({ keepAlive: true, maxSockets: 6 });
const who = {} as Record<'nobody' | 'session' | 'token', Record<string, string>>;

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    OUTBOUND_LOOPBACK_ONLY: 'true',
    LOG_LEVEL: 'error',
    ROLE: 'web',
    STATUS_PAGE: 'on',
    ...(await whoMaySubscribe()),
    // So that each request may come from an address of its own, and meets no limit that another one used up.
    TRUSTED_PROXIES: '1',
  });
  await app.ready();
  admin = await addPerson(services.databaseUrl, 'admin');
  await insertEvents(services);
  await services.db.pool.query(
    `INSERT INTO incidents (id, cause, title, severity, started_at, opened_at, opened_by)
     VALUES (1, 'chatwoot', 'Chatwoot does not answer', 'P0', now(), now(), 'alert')`,
  );
  who.nobody = {};
  who.token = { Authorization: `Bearer ${await makeToken(services, admin, ['page.read', 'texts.read'])}` };
  await signInAgain();
});
afterAll(async () => {
  agent.destroy();
  await app?.kill('SIGTERM');
  await services?.close();
});

/** Signing up needs a mail server, which nothing here gets to: workers send. */
async function whoMaySubscribe(): Promise<Record<string, string>> {
  const port = String(await freePort());
  const mail = { SMTP_URL: 'smtp://127.0.0.1:9?ignoreTLS=true', SMTP_FROM: 'status@shop.example' };
  return { ...mail, PORT: port, APP_URL: `http://127.0.0.1:${port}` };
}

async function signInAgain(): Promise<void> {
  who.session = { Cookie: await signInOver(app.url, admin) };
}

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string | string[]>;
  body?: string | Buffer | undefined;
}
interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Bodies are not kept where nobody looks at them. */
function send({ method, path, headers, body }: Sent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(app.url + path, { agent, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** What makes it fail, hang or lie, in a few words; null when it was answered as it should be. */
function faultOf({ path, method }: Sent, { status, headers, text }: Reply): string | null {
  const type = String(headers['content-type'] ?? '');
  // 502 and 503: Chatwoot, to which nothing leads here, did not answer.
  if (status >= 500 && ![502, 503].includes(status)) return `answered ${status}: ${text.slice(0, 200)}`;
  const location = String(headers.location ?? '/');
  if (new URL(location, app.url).origin !== app.url) return `leads to ${location}`;
  const cookies = [headers['set-cookie'] ?? []].flat();
  if (!cookies.every((cookie) => /^outage-center\.\w+=/.test(cookie))) return `sets ${cookies.join(' | ')}`;
  if (method === 'HEAD' || text === '' || headers['content-encoding']) return null;
  if (type.includes('json')) {
    try {
      JSON.parse(text);
    } catch {
      return `no JSON: ${text.slice(0, 100)}`;
    }
  } else if (status >= 400 && !(type.includes('html') && text.length > 500) && !type.startsWith('text/plain'))
    return `${status} without a reason (${type}): ${text.slice(0, 100)}`;
  // A page that is made of the address it was asked by would be kept by a cache for everybody.
  const isPublic = /^\/(status(?!-page)|api\/v2|history)/.test(path) && !path.includes('evil.example');
  return isPublic && text.includes('evil.example') ? 'repeats the Host' : null;
}

/** How much of what the app says was looked at. */
let heard = 0;
/** What it says of a machine that stands still, and of no input: then the same is sent once more. */
const SLOW = /timeout exceeded when trying to connect|no answer within|Failed to get session/;

async function allAnswered(inputs: Sent[], tries = 5): Promise<void> {
  const faults = await Promise.all(
    inputs.map(async (sent) => {
      const fault = faultOf(sent, await send(sent));
      return fault === null ? [] : [`${sent.method} ${sent.path.slice(0, 300)}: ${fault}`];
    }),
  );
  expect(app.ended(), app.output().slice(-2000)).toBe(false);
  const said = app.output().slice(heard);
  heard += said.length;
  if (SLOW.test(said) && tries > 1) return allAnswered(inputs, tries - 1);
  expect(faults.flat()).toEqual([]);
  expect(said).not.toContain('"level":50');
}

const text = odd.map((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')));
/** In an address: escaped, escaped wrongly, or as it is. */
const piece = fc.oneof(
  text.map((value) => encodeURIComponent(value.toWellFormed()).slice(0, 2000)),
  fc.nat(60).map(String),
  fc
    .constantFrom(
      ...[
        '%',
        '%zz',
        '%00',
        '%ED%A0%80',
        '%2e%2e',
        '..',
        '.',
        '%2F',
        '%5c',
        '\\',
        '//evil.example',
        '@evil.example',
      ],
      ...[
        '__proto__',
        'constructor',
        'toString',
        '\u00e9',
        '[]',
        "';--",
        '<script>',
        '*',
        '~',
        ';',
        '1e309',
        '-1',
        '\u0663',
      ],
    )
    .map((value) => value.replaceAll(/[^!-\u00ff]/g, encodeURIComponent)),
);
const query = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom(...NAMES, 'returnTo', 'q', 'tab', 'edit', 'shape', 'notice', 'error'), piece),
      piece,
    ),
    {
      maxLength: 5,
    },
  )
  .map((pairs) =>
    pairs
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
      .slice(0, 6000),
  );
const headers = fc.record(
  {
    Host: fc.oneof(
      fc.constantFrom('evil.example', 'evil.example:80', '127.0.0.1', '[::1]', '', 'a, b'),
      oddHeader,
    ),
    'X-Forwarded-Host': oddHeader,
    'X-Forwarded-Proto': oddHeader,
    'X-Forwarded-For': oddHeader,
    Forwarded: oddHeader,
    Cookie: oddHeader,
    Authorization: oddHeader,
    Accept: oddHeader,
    'Accept-Encoding': fc.oneof(oddHeader, fc.constantFrom('gzip', 'br', 'gzip;q=0')),
    'Accept-Language': oddHeader,
    'If-None-Match': oddHeader,
    'If-Modified-Since': oddHeader,
    Range: fc.oneof(oddHeader, fc.constantFrom('bytes=0-0', 'bytes=-1', 'bytes=9-1,2-', 'bytes=0-,0-,0-')),
    Origin: oddHeader,
    Referer: oddHeader,
    'Sec-Fetch-Site': oddHeader,
    'User-Agent': oddHeader,
    'X-Outage-Center-Probe': oddHeader,
    traceparent: oddHeader,
  },
  { requiredKeys: [] },
);
const reading = fc.constantFrom('GET', 'GET', 'GET', 'HEAD');

test(
  'the addresses of the public status page, whatever they are and whoever asks, are answered alike',
  async () => {
    const places = ['/status', '/status/history', '/status/incidents', '/status/logo', '/status/badge.svg'];
    const files = ['/status/banner.js', '/history.atom', '/history.rss', '/api/v2', '/api/v2/summary.json'];
    await fuzz(
      'Addresses of the public status page are answered',
      fc.record({
        method: fc.oneof(
          { weight: 9, arbitrary: reading },
          { weight: 1, arbitrary: fc.constantFrom('OPTIONS', 'PUT') },
        ),
        path: fc
          .tuple(fc.constantFrom(...places, ...files), fc.array(piece, { maxLength: 2 }), query)
          .map(([place, more, ask]) => [[place, ...more].join('/'), ask].filter(Boolean).join('?')),
        headers,
      }),
      { share: 0.22, batch: 100 },
      (inputs) => allAnswered(inputs),
    );
  },
  fuzzTimeout,
);

test(
  'whatever headers a request has, it is answered',
  async () => {
    const light = [
      '/healthz',
      '/readyz',
      '/metrics',
      '/api/status',
      '/api/strip',
      '/events',
      '/sign-out',
      '/assets/x',
    ];
    await fuzz(
      'Whatever headers a request has, it is answered',
      fc.record({
        method: fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE', 'TRACE'),
        path: fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom(...light) },
          { weight: 1, arbitrary: fc.constantFrom('/', '/sign-in', '/sign-in/code') },
        ),
        headers,
      }),
      { share: 0.05, batch: 50 },
      (inputs) => allAnswered(inputs),
    );
  },
  fuzzTimeout,
);

const READS = Object.entries(ROUTES)
  .filter(([id, { GET }]) => GET.admin !== 405 && !NOT_HERE.test(id) && id !== 'routes/events')
  .map(([, { path }]) => path.split('?')[0]!.replace('ENTRY', '1'));
/** The numbers and names in an address are others. */
const otherPath = fc
  .tuple(fc.constantFrom(...READS), piece, fc.boolean())
  .map(([path, other, change]) => (change ? path.replace(/\b1\b/, () => other) : path));
const address = fc
  .integer({ min: 1, max: 0xdfffffff })
  .map((n) => ({ 'X-Forwarded-For': [24, 16, 8, 0].map((by) => (n >>> by) & 255).join('.') }));

test(
  'whatever page or JSON is asked for by whom, it is answered',
  async () => {
    await fuzz(
      'Whatever page or JSON is asked for, it is answered',
      fc.record({ path: otherPath, query, as: fc.constantFrom('nobody', 'session', 'token'), from: address }),
      { share: 0.012, batch: 12 },
      (inputs) =>
        allAnswered(
          inputs.map(({ path, query: ask, as, from }) => ({
            method: 'GET',
            path: ask ? `${path}?${ask}` : path,
            headers: { ...who[as], ...from },
          })),
        ),
    );
  },
  fuzzTimeout,
);

const fieldText = fc.oneof(
  text.map((value) => encodeURIComponent(value.toWellFormed())),
  fc.constantFrom(...Object.values(VALUES)),
  fc.nat(5).map(String),
  fc.constantFrom(
    'on',
    'off',
    'P0',
    'P1',
    'admin',
    'viewer',
    'email',
    'slack',
    'open',
    'all',
    '30',
    'a@b.example',
    'UTC',
  ),
);
const fields = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: fieldText }),
      fieldText,
    ),
    {
      maxLength: 14,
    },
  )
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'));
const FORMS = ACTIONS.filter(({ id }) => id !== 'routes/sandbox').flatMap(({ paths, verbs }) =>
  paths.flatMap((path) => verbs.map((verb) => ({ path, verb }))),
);
const forms = fc.constantFrom(...FORMS);
const BOUNDARY = 'xxBOUNDARYxx';
const multipart = fc
  .array(
    fc.tuple(fc.constantFrom('file', 'logo', 'rows', 'zone', 'order', '__proto__'), text, fc.boolean()),
    { maxLength: 4 },
  )
  .map((parts) =>
    [
      ...parts.map(
        ([name, value, isFile]) =>
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${isFile ? '; filename="x"' : ''}\r\n\r\n${value}\r\n`,
      ),
      `--${BOUNDARY}--\r\n`,
    ].join(''),
  );
const form = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      form: forms,
      body: fields,
      type: fc.constant('application/x-www-form-urlencoded'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      form: fc.constantFrom({ path: '/tickets/import', verb: '' }, { path: '/status-page', verb: '' }),
      body: multipart,
      type: fc.constant(`multipart/form-data; boundary=${BOUNDARY}`),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      form: forms,
      body: fc.oneof(text, fc.json()),
      type: fc.oneof(
        oddHeader,
        fc.constantFrom('application/json', 'text/plain', 'multipart/form-data; boundary='),
      ),
    }),
  },
);

test(
  'whatever form is sent, it is answered with what was done or why not',
  async () => {
    await fuzz(
      'Whatever form is sent, it is answered',
      fc.record({ sent: form, json: fc.boolean() }),
      { share: 0.04, batch: 24 },
      async (inputs) => {
        await allAnswered(
          inputs.map(({ sent, json }) => ({
            method: 'POST',
            path: sent.form.path,
            headers: {
              ...who.session,
              'Content-Type': sent.type,
              Accept: json ? 'application/json' : 'text/html',
            },
            body: sent.type.startsWith('application/x-www') ? `do=${sent.form.verb}&${sent.body}` : sent.body,
          })),
        );
        // One of them may have ended the session.
        const still = await send({ method: 'GET', path: '/api/strip', headers: who.session });
        if (still.status === 401) await signInAgain();
      },
    );
  },
  fuzzTimeout,
);

/** Forms whose fields fit together, but for those that do not: what is looked at only when all else is right. */
const FITTING: Record<string, Record<string, string[]>> = {
  '/status-page?window': {
    title: ['Database'],
    text: ['It is short.'],
    affects: ['1', '2'],
    from: ['2027-03-27T01:00'],
    to: ['2027-03-27T03:00', '2027-03-28T02:30'],
    zone: ['UTC', 'Europe/Berlin', 'Pacific/Apia'],
    rule: [
      '',
      '',
      'FREQ=WEEKLY',
      'FREQ=SECONDLY;COUNT=1000000000',
      'FREQ=MONTHLY;INTERVAL=99;COUNT=9999;BYDAY=53SU',
    ],
  },
  '/status-page?component': {
    name: ['Chat'],
    about: [''],
    health: ['chatwoot'],
    position: ['1'],
    minutes: ['', '5'],
    component: ['', '1'],
    version: ['1', '2'],
  },
  '/status-page?page': {
    title: ['Shop'],
    contact: ['help@shop.example'],
    colour: ['#1f5fbf'],
    language: ['en', 'de', 'fr'],
    enabled: ['on'],
    version: ['1', '2', '3'],
  },
  '/status-page?remove': { component: ['3', '4'], version: ['1'] },
  '/status-page?end': { notice: ['1', '2'] },
  '/status-page?end-series': { series: ['1', '2'] },
  '/status-page?cancel-mailing': { mailing: ['1'] },
  '/status-page?unbounce': { subscriber: ['1'] },
  '/status-page?unsubscribe': { address: ['ada@shop.example'] },
  '/incidents/1/update?': {
    title: ['Chat does not work'],
    text: ['Please write to us.'],
    state: ['investigating', 'resolved'],
    seen: ['0', '1', '2'],
    channel: ['subscribers', 'banner', 'slack'],
    next: ['', '', '', '9999-99-99T99:99'],
    'affects-1': ['major_outage', 'unknown'],
  },
  '/incidents/1/update?preview': {
    title: ['Chat'],
    text: ['Please write.'],
    state: ['identified'],
    channel: ['subscribers'],
  },
  '/incidents/1/update?again': { seen: ['1', '2'], key: ['slack', 'subscribers'] },
  '/contacts?add-contact': { name: ['Ada'], role: ['Support Lead'], audience: ['responder'] },
  '/contacts?add-channel': {
    id: ['1'],
    version: ['1'],
    kind: ['template', 'discord', 'teams', 'telegram', 'ntfy', 'slack', 'email'],
    address: ['https://hooks.example/x', 'http://2130706433/', 'http://[::ffff:169.254.169.254]/', '@here'],
    template: ['{"a":"{{headline}}"}', '{"a":"{{        "}', '{"__proto__":"{{x}}"}'],
    secret: ['', 'Bearer a\r\nX: y'],
    personal: ['yes'],
  },
  '/acknowledge/1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?': {},
  '/status/subscribe?': {
    email: ['ada@shop.example', 'a@b.example\r\nBcc: c@d.example', '"a b"@c.example'],
    component: ['1', '2', '__proto__'],
  },
  '/status/subscribe?hook': {
    hook: ['http://127.0.0.1:9/', 'http://0/', 'https://169.254.169.254/', 'http://x.invalid/'],
    component: ['1'],
  },
};
const fitting = fc.constantFrom(...Object.keys(FITTING)).chain((at) => {
  const [path, verb] = at.split('?') as [string, string];
  const entries = Object.entries(FITTING[at]!);
  const one = ([name, fit]: [string, string[]]) =>
    fc
      .oneof(
        { weight: 6, arbitrary: fc.constantFrom(...fit).map(encodeURIComponent) },
        { weight: 1, arbitrary: fieldText },
      )
      .map((value) => `${name}=${value}`);
  // What people publish stands on the public pages, rightly.
  return fc
    .tuple(...entries.map(one))
    .map((pairs) => [`do=${verb}`, ...pairs].join('&').replaceAll('evil.example', 'other.example'))
    .map((body) => ({ path, body }));
});
const link = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...'abcXYZ019-_'), minLength: 43, maxLength: 43 }),
    piece.map((token) => token.replaceAll(/[?#]/g, '')),
  )
  .map((token) => `/status/subscription/${token}`);

test(
  'whatever is published, planned, set up or signed up, it is answered, and so is the public page',
  async () => {
    await fuzz(
      'Whatever is published, planned, set up or signed up, it is answered',
      fc.record({
        form: fc.oneof(
          { weight: 6, arbitrary: fitting },
          {
            weight: 1,
            arbitrary: fc
              .tuple(
                link,
                fc.constantFrom('do=save&component=1', 'do=leave', 'List-Unsubscribe=One-Click', 'do=x'),
              )
              .map(([path, body]) => ({ path, body })),
          },
        ),
        from: address,
        twice: fc.boolean(),
      }),
      { share: 0.02, batch: 20 },
      async (inputs) => {
        await services.db.pool.query('DELETE FROM access_limits');
        const sent = inputs.map(({ form: { path, body }, from }) => ({
          method: 'POST',
          path,
          headers: {
            ...(path.startsWith('/status/') ? {} : who.session),
            ...from,
            'Content-Type': 'application/x-www-form-urlencoded',
            Accept: 'text/html',
          },
          body,
        }));
        // Some are sent twice at once, as by an impatient hand.
        await allAnswered(sent.flatMap((one, at) => (inputs[at]!.twice ? [one, one] : [one])));
        const pages = ['/status', '/history.atom', '/api/v2/summary.json', '/status/banner.js'];
        await allAnswered(pages.map((path) => ({ method: 'GET', path, headers: {} })));
      },
    );
  },
  fuzzTimeout,
);

test(
  'whatever is typed into the sign-in, it is answered, and nobody is signed in by it',
  async () => {
    const typed = fc.oneof(fieldText, fc.constant(encodeURIComponent(admin.email)));
    await fuzz(
      'Whatever is typed into the sign-in, nobody is signed in by it',
      fc.record({
        path: fc.oneof(
          fc.constantFrom('/sign-in', '/sign-in/code'),
          piece.map((token) => `/invite/${token.replaceAll(/[?#]/g, '')}`),
          piece.map((token) => `/setup/${token.replaceAll(/[?#]/g, '')}`),
        ),
        body: fc
          .record(
            { email: typed, password: fieldText, code: fieldText, name: fieldText, returnTo: fieldText },
            { requiredKeys: [] },
          )
          .map((entries) =>
            Object.entries(entries)
              .map(([name, value]) => `${name}=${value}`)
              .join('&'),
          ),
        from: address,
      }),
      { share: 0.003, batch: 8 },
      async (inputs) => {
        await allAnswered(
          inputs.map(({ path, body, from }) => ({
            method: 'POST',
            path,
            headers: { ...from, 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' },
            body,
          })),
        );
        const { rows } = await services.db.pool.query<{ n: number }>(
          'SELECT count(*)::int AS n FROM sessions WHERE person_id <> $1',
          [admin.id],
        );
        expect(rows[0]!.n).toBe(0);
      },
    );
    await until(
      'the app is ready',
      async () => (await send({ method: 'GET', path: '/readyz', headers: {} })).status === 200,
      30_000,
    );
  },
  fuzzTimeout,
);
