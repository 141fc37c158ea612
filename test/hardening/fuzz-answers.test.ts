import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestReconciliation } from '../../app/features/arrival/comparison/start-reconciliation.server.ts';
import { tickReconciliation } from '../../app/features/arrival/comparison/tick-reconciliation.server.ts';
import type { ClaimedDelivery } from '../../app/features/delivery/claimed-delivery.ts';
import { createSender, type Sender } from '../../app/features/delivery/send-event.server.ts';
import { sendByEmail } from '../../app/features/notify/channels/email/send-mail.server.ts';
import { sendToPagerDuty } from '../../app/features/notify/channels/pagerduty/pagerduty.server.ts';
import { sendToService } from '../../app/features/notify/channels/post-once.server.ts';
import { sendToSlack } from '../../app/features/notify/channels/slack/slack.server.ts';
import { sendToStatuspage } from '../../app/features/notify/channels/statuspage/send-to-statuspage.server.ts';
import { sendToWebhook } from '../../app/features/notify/channels/webhook/send-to-webhook.server.ts';
import { decideAfterSend, type SendAnswer } from '../../app/features/notify/decide-after-send.ts';
import type { Outgoing } from '../../app/features/notify/message.ts';
import { fieldOf, wordOf } from '../../app/lib/json.ts';
import { fuzz, fuzzTimeout } from '../support/fuzz.ts';
import { odd, oddAnswer, oddConversation, oddMessage } from '../support/odd-payloads.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { openShop, storeEvents } from '../waiting/store-events.ts';

type Answer = typeof oddAnswer extends fc.Arbitrary<infer T> ? T : never;
interface Listed {
  conversation?: unknown;
  message?: unknown;
}

/** Whatever other services answer: they are somebody else's, and so is what stands before them. */
let services: TestServices;
let server: Server;
let sender: Sender;
let url = '';
/** By the number in the address, or by the id of an event. */
const answers = new Map<string, Answer>();
let listed: Listed[] = [];
let good: { id: number; message: number }[] = [];
/** When their messages were written, s: before the comparison that is to find them was asked for. */
let writtenAt = 0;

const START = new Date('2026-09-01T00:00:00.000Z');

beforeAll(async () => {
  server = createServer((request, response) => {
    const chatwoot = chatwootAnswer(request.url ?? '');
    if (chatwoot) return void response.end(JSON.stringify(chatwoot));
    const id = request.headers['webhook-id'];
    const answer = answers.get(/^\/(\d+)/.exec(request.url ?? '')?.[1] ?? String(id))!;
    if (answer.bytes !== null) return void request.socket.end(answer.bytes, 'latin1');
    request.resume().once('end', () => {
      const { status, headers, body } = answer;
      response.sendDate = headers.Date === undefined;
      response.writeHead(status, headers as Record<string, string>).end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  services = await createTestServices({
    AGENT_SDK_URL: url,
    CHATWOOT_BASE_URL: url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    RECONCILE_SETTLE: '0s',
  });
  sender = createSender({
    agentUrl: url,
    timeoutMs: 60_000,
    connections: 16,
    secret: undefined,
    now: () => new Date(),
  });
});
afterAll(async () => {
  await sender?.close();
  server?.closeAllConnections();
  server?.close();
  await services?.close();
});

/** A mail server that says these lines, one for each that it hears. */
async function startMail(lines: readonly string[]): Promise<{ url: string; stop: () => void }> {
  const mail = createTcpServer((socket: Socket) => {
    const rest = [...lines];
    const say = () => {
      const line = rest.shift();
      if (line === undefined) socket.destroy();
      else socket.write(line);
    };
    socket.on('error', () => undefined).on('data', say);
    say();
  }).listen(0, '127.0.0.1');
  await once(mail, 'listening');
  const { port } = mail.address() as { port: number };
  return { url: `smtp://127.0.0.1:${port}?ignoreTLS=true`, stop: () => void mail.close() };
}

/** Lists and threads of a Chatwoot that has two customers as they are and besides them whatever is tried. */
function chatwootAnswer(asked: string): unknown {
  const [path, query] = asked.split('?', 2);
  if (!path!.startsWith('/api/v1/')) return null;
  if (path === '/api/v1/profile')
    return { accounts: [{ id: 2, role: 'administrator', status: 'active', name: 'Shop' }] };
  const at = writtenAt;
  const one = (id: number) => ({ id, status: 'open', created_at: at, last_activity_at: at, meta: {} });
  const [, id, part] = /\/conversations\/([^/]+)(\/messages)?$/.exec(path!) ?? [];
  const mine = good.find((other) => String(other.id) === id);
  if (part) {
    if (query?.includes('before=')) return { payload: [] };
    const wrote = { message_type: 0, created_at: at, content: 'x', content_attributes: {} };
    return {
      payload: mine ? [{ ...wrote, id: mine.message }] : listed.flatMap(({ message }) => message ?? []),
    };
  }
  if (id) return mine ? one(mine.id) : oddOf(id);
  if (!path!.endsWith('/conversations')) return { payload: [] };
  const isFirst = new URLSearchParams(query).get('page') === '1';
  const odds = listed.flatMap(({ conversation }) => conversation ?? []);
  return {
    data: {
      meta: { all_count: odds.length + good.length },
      // The others stand behind what is odd.
      payload: isFirst ? [...odds, ...good.map(({ id }) => one(id))] : [],
    },
  };
}

function oddOf(id: string): unknown {
  const ofThis = ({ conversation }: Listed) => wordOf(fieldOf(conversation, 'id')) === id;
  return listed.find(ofThis)?.conversation ?? { id };
}

test(
  'whatever Chatwoot lists and tells of conversations, what was lost of the others is found',
  async () => {
    const shop = openShop(START);
    shop.customer();
    await storeEvents(services, shop.payloads, START);
    let n = 0;
    await fuzz(
      'Whatever Chatwoot lists and tells, what was lost of the others is found',
      fc.oneof(
        fc.record({ message: oddMessage }),
        fc.record({ message: oddMessage }),
        fc.record({ conversation: oddConversation }),
      ),
      { share: 0.12, batch: 60 },
      async (inputs) => {
        listed = inputs;
        n += 2;
        good = [n - 1, n].map((i) => ({ id: 1_000_000 + i, message: 3_000_000_000 + i }));
        writtenAt = Math.floor(Date.now() / 1000) - 60;
        const wish = { since: START, actor: person('Ines'), now: new Date() };
        expect(await requestReconciliation(services, wish)).toMatchObject({ outcome: 'started' });
        for (let ticks = 0; await tickReconciliation(services, () => new Date()); ticks += 1)
          expect(ticks).toBeLessThan(500);
        const { rows } = await services.db.pool.query<{ state: string; found: number }>(
          `SELECT state, (SELECT count(*)::int FROM reconciled_messages WHERE message_id = ANY ($1)) AS found
           FROM reconciliations ORDER BY id DESC LIMIT 1`,
          [good.map(({ message }) => message)],
        );
        expect(rows).toEqual([{ state: 'done', found: 2 }]);
      },
    );
  },
  fuzzTimeout,
);

const claimed = (eventId: string): ClaimedDelivery => ({
  ...{
    seq: 1,
    eventId,
    deliveryId: null,
    event: 'message_created',
    conversationKey: '2:1',
    conversationId: '1',
  },
  ...{ run: 1, attempts: 0, attemptsTotal: 0, runStartedAt: new Date(), replayId: null, late: false },
  ...{ fetchedAt: null, body: Buffer.from('{}'), confidential: false, probe: false },
});

const isTaken = (status: number) => status >= 200 && status < 300;

test(
  'whatever the Agent service answers, the attempt has a result that can be recorded, and only 2xx is delivered',
  async () => {
    await fuzz(
      'Whatever the Agent service answers has a result that can be recorded',
      oddAnswer,
      { share: 0.05, batch: 100 },
      async (inputs) => {
        answers.clear();
        const results = await Promise.all(
          inputs.map(async (answer, i) => {
            answers.set(String(i), answer);
            return { answer, result: await sender.send(claimed(String(i))) };
          }),
        );
        for (const { answer, result } of results) {
          if (answer.bytes === null && result.outcome === 'ok') expect(isTaken(answer.status)).toBe(true);
          if (result.outcome === 'ok') expect(isTaken(result.status!)).toBe(true);
          expect(result.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
          expect(Number.isSafeInteger(result.retryAfterMs ?? 0)).toBe(true);
          expect(Buffer.byteLength(result.response ?? '')).toBeLessThan(3 * 4096 + 1);
        }
        await storable(results.flatMap(({ result }) => [result.response, result.error]));
      },
    );
  },
  fuzzTimeout,
);

/** PostgreSQL takes them as they are. */
async function storable(texts: (string | null)[]): Promise<void> {
  const { rows } = await services.db.pool.query<{ back: (string | null)[] }>('SELECT $1::text[] AS back', [
    texts,
  ]);
  expect(rows[0]!.back).toEqual(texts);
}

const text = odd.map((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')));
const outgoing = fc
  .record({ title: text, sentence: text, label: text, value: text, update: text, name: text })
  .map(({ title, sentence, label, value, update, name }): Outgoing => ({
    ...{ id: 1, thread: 'incident/1', incidentId: 1, drill: false, threadTitle: title, earlier: [] },
    ...{ insteadOf: null, appUrl: 'https://outage.example' },
    message: {
      ...{ kind: 'opened', severity: 'P1', title, sentence, facts: [{ label, value }], link: '/' },
      at: START.toISOString(),
      update: { notice: 'n', state: 'investigating', text: update, components: [{ name, state: 'x' }] },
    },
  }));

const now = new Date('2026-11-23T05:00:00.000Z');
type Send = (to: string, message: Outgoing) => Promise<SendAnswer>;
const POSTS = ['teams', 'discord', 'telegram', 'ntfy', 'template'] as const;
const TEMPLATE = '{"text": "{{headline}} {{facts}}", "all": ["{{sentence}}", {"facts": "{{facts}}"}]}';
const SENDERS: Record<string, Send> = {
  ...Object.fromEntries(
    POSTS.map((kind): [string, Send] => [
      kind,
      (url, message) =>
        sendToService(
          services.config,
          { kind, url, to: 'team', secret: 's'.repeat(20), template: TEMPLATE, guarded: false },
          message,
          now,
        ),
    ]),
  ),
  slack: (to, message) =>
    sendToSlack(services.config, { kind: 'slack', url: to, guarded: false }, message, now),
  pagerduty: (to, message) =>
    sendToPagerDuty(
      services.config,
      { kind: 'pagerduty', eventsUrl: to, routingKey: 'r'.repeat(32) },
      message,
      now,
    ),
  webhook: (to, message) =>
    sendToWebhook(services.config, { kind: 'webhook', url: to, secret: null, guarded: false }, message, {
      now,
      at: now,
    }),
  statuspage: (to, message) =>
    sendToStatuspage(
      services.config,
      { kind: 'statuspage', apiUrl: to, apiKey: 'k'.repeat(20), pageId: 'p' },
      message,
      now,
    ),
};

test(
  'whatever a channel answers, the message has an end that can be recorded, and none is accepted without 2xx',
  async () => {
    await fuzz(
      'Whatever a channel answers, the message has an end that can be recorded',
      fc.record({ kind: fc.constantFrom(...Object.keys(SENDERS)), message: outgoing, answer: oddAnswer }),
      { share: 0.04, batch: 50 },
      async (inputs) => {
        answers.clear();
        const ends = await Promise.all(
          inputs.map(async ({ kind, message, answer }, i) => {
            answers.set(String(i), answer);
            return { kind, answer, end: await SENDERS[kind]!(`${url}/${i}`, message) };
          }),
        );
        for (const { answer, end } of ends) {
          if (end.outcome === 'accepted' && answer.bytes === null) expect(isTaken(answer.status)).toBe(true);
          wellSaid(end);
        }
        await storable(ends.map(({ end }) => end.answer));
      },
    );
  },
  fuzzTimeout,
);

/** One line of no more than a few hundred characters, and a next try within a day. */
function wellSaid(end: SendAnswer): void {
  expect(end.answer).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  expect(end.answer.length).toBeLessThan(700);
  const after = decideAfterSend(end, { attempts: 1, createdAt: now, now, random: 0.5 });
  if (after.state !== 'queued') return;
  const wait = after.dueAt.getTime() - now.getTime();
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(3_600_000);
}

test.each(Object.keys(SENDERS))(
  'of %s a value that cannot be made text is an answer like any other',
  async (kind) => {
    const no = { toString: 1, valueOf: 1 };
    const one = {
      id: no,
      name: no,
      status: no,
      error: no,
      body: '\u0000',
      metadata: { outage_center: { notice: 'n' } },
    };
    const message = fc.sample(outgoing, { seed: 1, numRuns: 1 })[0]!;
    for (const body of [one, [one], { ...one, id: 'x', status: '\u0000\u202e' }, [{ ...one, id: 'x' }]]) {
      answers.set('0', { status: 200, headers: {}, body: JSON.stringify(body), bytes: null });
      const end = await SENDERS[kind]!(`${url}/0`, message);
      if (!['webhook', 'template', 'discord'].includes(kind)) expect(end.outcome).not.toBe('accepted');
      wellSaid(end);
      await storable([end.answer]);
    }
  },
);

const mailLine = fc.oneof(
  fc.constantFrom(
    ...[
      '220 mail\r\n',
      '250 ok\r\n',
      '250-a\r\n250 b\r\n',
      '354 go\r\n',
      '221 bye\r\n',
      '421 later\r\n',
      '450 busy\r\n',
    ],
    ...[
      '550 no\r\n',
      '999 x\r\n',
      '250',
      '250-never\r\n',
      '\r\n',
      '220-\r\n220 \r\n',
      '250-STARTTLS\r\n250 x\r\n',
    ],
  ),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => `${Buffer.from(bytes).toString('latin1')}\r\n`),
);

test(
  'whatever a mail server says, the e-mail has an end, and is accepted only when it said so to the text',
  async () => {
    await fuzz(
      'Whatever a mail server says, the e-mail has an end',
      fc.record({ lines: fc.array(mailLine, { maxLength: 12 }), message: outgoing }),
      { share: 0.004, batch: 40 },
      // Together, because a server that says nothing is waited for.
      async (inputs) => {
        const ends = await Promise.all(
          inputs.map(async ({ lines, message }) => {
            const mail = await startMail(lines);
            const [from, to] = ['Outage Center <a@example.com>', 'b@example.com'];
            const end = await sendByEmail({ kind: 'email', smtpUrl: mail.url, from, to }, message);
            mail.stop();
            wellSaid(end);
            if (end.outcome === 'accepted') expect(lines.length).toBeGreaterThan(4);
            return end.answer;
          }),
        );
        await storable(ends);
      },
    );
  },
  fuzzTimeout,
);
