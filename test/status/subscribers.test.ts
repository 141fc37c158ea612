import { createSecretKey, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendMail } from '../../app/features/notify/channels/email/send-mail.server.ts';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import { readSends } from '../../app/features/status/read-sends.server.ts';
import { readNoticeOf } from '../../app/features/status/read-notices.server.ts';
import { cancelMailing, tickMailings } from '../../app/features/status/subscribers/mailing.server.ts';
import {
  clearBounce,
  countSubscribers,
  readBounced,
  readMailings,
  removeSubscriber,
} from '../../app/features/status/subscribers/read-subscribers.server.ts';
import { areTold } from '../../app/features/status/subscribers/send-to-subscriber.server.ts';
import { hashOf, hashOfMail } from '../../app/features/status/subscribers/subscriber.ts';
import { readAddressKey, removeUnconfirmed } from '../../app/features/status/subscribers/sign-up.server.ts';
import { LANGUAGES } from '../../app/features/status/status-document.ts';
import { startNotifier } from '../../app/worker/feature-loops.server.ts';
import { queueNotifications } from '../../app/features/notify/queue-notifications.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import type { EncryptionKey } from '../../app/lib/settings/config.ts';
import { messageOf } from '../notify/notify-world.ts';
import { person } from '../support/person.ts';
import { until } from '../support/until.ts';
import { createSubscriberWorld, startHook, type SubscriberWorld, textOf } from './subscriber-world.ts';

const ADA = 'ada.lovelace@customers.example';
const LINK = /\/status\/subscription\/[\w-]{43}/;
const BOB = 'bob@customers.example';
let world: SubscriberWorld;
beforeAll(async () => (world = await createSubscriberWorld()));
afterAll(() => world?.close());

const now = () => world.services.db.clock.now();
const inMinutes = (n: number) => new Date(now().getTime() + n * 60_000);
const rows = async <T extends object>(sql: string) => (await world.pool.query<T>(sql)).rows;
const sends = async () => {
  const update = (await readNoticeOf(world.pool, 12))!.updates[0]!;
  return (await readSends(world.services, update, true)).find(({ key }) => key === 'subscribers')!;
};

test('a life: signed up, confirmed by the link alone, told of changes, ended with one click', async () => {
  const form = await (await world.get('/status/subscribe')).text();
  expect(form).not.toContain('<script');
  expect(form).toContain('name="component" value="1"');
  expect((await world.get('/status')).headers.get('Content-Security-Policy')).toContain("form-action 'none'");
  const answer = await world.post('/status/subscribe', { email: ADA, component: '1' });
  expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/status/subscribe/sent']);
  await world.work();
  const [mail] = world.mailsTo(ADA);
  expect(mail!.headers.subject).toBe('[Support status] please confirm');
  const link = world.linkTo(ADA);
  // Whoever looks, as a mail program does, confirms nothing.
  expect(await (await world.get(link)).text()).toContain('Confirm your subscription');
  await world.publish();
  await world.work();
  expect(world.mailsTo(ADA)).toHaveLength(1);
  expect(
    (
      await world.post(link, [
        ['do', 'save'],
        ['component', '1'],
      ])
    ).status,
  ).toBe(303);
  expect(await (await world.get(link)).text()).toContain('Your subscription');

  // The same state once more is an edit; another is a change.
  await world.publish({ text: 'We are still looking.' });
  await world.work();
  expect(world.mailsTo(ADA)).toHaveLength(1);
  expect((await sends()).words).toMatch(/^Nobody was told/);
  await world.publish({ state: 'identified', text: 'We found it. <b>No</b> markup.' });
  await world.work();
  await world.publish({ state: 'monitoring', affects: { 2: 'degraded_performance' } });
  await world.work();
  const told = world.mailsTo(ADA).slice(1);
  expect(told.map(({ headers }) => headers.subject)).toEqual([
    '[Support status] Chat does not work: Cause found',
  ]);
  const { headers, raw } = told[0]!;
  expect(headers['list-unsubscribe']).toBe(`<https://outage.example.com${link}>`);
  expect(headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');
  expect(textOf(raw)).toContain('Chat: Does not work');
  expect(textOf(raw)).toContain('&lt;b&gt;No');
  expect(raw).not.toContain('10.0.0.7');

  // A mail provider posts this, without cookie, origin or redirect (RFC 8058).
  const body = new FormData();
  body.set('List-Unsubscribe', 'One-Click');
  for (let twice = 0; twice < 2; twice += 1) {
    const ended = await fetch(world.url + link, { method: 'POST', body, redirect: 'manual' });
    expect([ended.status, await ended.text()]).toEqual([200, expect.stringContaining('Unsubscribed')]);
  }
  expect((await world.get(link)).status).toBe(404);
  expect(await rows("SELECT 1 FROM status_subscribers WHERE kind = 'email'")).toEqual([]);
});

test('nobody learns who is subscribed, and nothing keeps an address in clear', async () => {
  const link = await world.subscribe(BOB);
  const seen = async (email: string) => {
    const answer = await world.post('/status/subscribe', { email });
    return [answer.status, answer.headers.get('Location'), await answer.text()];
  };
  expect(await seen(BOB.toUpperCase())).toEqual(await seen('nobody@customers.example'));
  await world.work();
  expect(world.mailsTo(BOB.toUpperCase())).toEqual([]);
  const known = world.mailsTo(BOB).at(-1)!;
  expect(known.headers.subject).toContain('you get updates already');
  expect(world.linkTo(BOB)).toBe(link);
  // What somebody else ticks changes nothing.
  await world.post('/status/subscribe', { email: BOB, component: '3' });
  expect(
    await rows("SELECT components FROM status_subscribers WHERE confirmed_at IS NOT NULL AND kind = 'email'"),
  ).toEqual([{ components: [] }]);
  // Three mails a day to one address, in silence.
  const before = world.mailsTo(BOB).length;
  for (let n = 0; n < 5; n += 1) expect((await seen(BOB))[0]).toBe(303);
  await world.work();
  expect(world.mailsTo(BOB).length - before).toBeLessThanOrEqual(1);
  const elsewhere = await rows<{ text: string }>(
    `SELECT (SELECT string_agg(n::text || l::text, ' ') FROM notifications n LEFT JOIN notification_log l ON l.notification_id = n.id)
       || COALESCE((SELECT string_agg(f::text, ' ') FROM dashboard_facts f), '') || COALESCE((SELECT string_agg(a::text, ' ') FROM audit_log a), '')
       || (SELECT string_agg(address_hash || token_hash, ' ') FROM status_subscribers) AS text`,
  );
  expect(elsewhere[0]!.text ?? '').not.toContain('bob');
});

test('the key of the hashes outlives a rotation, and nobody guesses without it', async () => {
  const [a, b] = ['a', 'b'].map((id) => ({ id, key: createSecretKey(randomBytes(32)) })) as [
    EncryptionKey,
    EncryptionKey,
  ];
  const read = (...keys: EncryptionKey[]) =>
    readAddressKey(
      { ...world.services, config: { ...world.services.config, DATA_ENCRYPTION_KEYS: keys } },
      now(),
    );
  const key = await read();
  for (const keys of [[a], [b, a], [b]]) expect(await read(...keys)).toEqual(key);
  await expect(read(a)).rejects.toThrow('DATA_ENCRYPTION_KEYS');
  await world.pool.query('UPDATE status_subscriber_key SET key = $1', [key.toString('base64url')]);
  const hashes = await rows<{ hash: string }>('SELECT address_hash AS hash FROM status_subscribers');
  expect(hashes).not.toContainEqual({ hash: hashOf(BOB) });
  expect(hashes).toContainEqual({ hash: hashOfMail(key, BOB.toUpperCase()) });
});

test('bad input is refused beside its field, floods by network, odd links with 404', async () => {
  for (const email of [
    '',
    'x',
    'a@b',
    'a b@example.com',
    'a@example.com\r\nBcc: b@example.com',
    `${'a'.repeat(300)}@example.com`,
  ]) {
    const answer = await world.post('/status/subscribe', { email });
    expect([email, answer.status]).toEqual([email, 400]);
    expect(await answer.text()).toContain('role="alert"');
  }
  const hostile = await (
    await world.post('/status/subscribe', { email: '"><script>alert(1)</script>' })
  ).text();
  expect(hostile).not.toContain('<script>alert');
  const flood = [];
  for (let n = 0; n < 12; n += 1)
    flood.push(
      (await world.post('/status/subscribe', { email: `f${n}@example.com` }, `2001:db8::${n + 1}`)).status,
    );
  expect(flood).toEqual([...Array<number>(10).fill(303), 429, 429]);
  for (const path of ['/status/subscription/x', `/status/subscription/${'a'.repeat(43)}`])
    expect((await world.get(path)).status).toBe(404);
  const large = await fetch(`${world.url}/status/subscribe`, { method: 'POST', body: 'x'.repeat(100_000) });
  expect(large.status).toBe(400);
  expect((await fetch(`${world.url}/status/subscribe`, { method: 'DELETE' })).status).toBe(405);
  // What nobody confirms is forgotten.
  expect(await removeUnconfirmed(world.pool, inMinutes(6 * 1440))).toBe(0);
  expect(await removeUnconfirmed(world.pool, inMinutes(8 * 1440))).toBeGreaterThan(0);
});

test('an address that bounced is told nothing until an admin clears it; what is our own fault is no bounce', async () => {
  const EVE = 'eve.long@customers.example';
  await world.subscribe(EVE);
  // Refused for what it says: everybody's mail is, and nobody's address is wrong.
  await world.stubs.email.setMode('status', { status: 554 });
  await world.publish({ state: 'investigating', seen: (await readNoticeOf(world.pool, 12))!.updates[0]!.id });
  await world.work();
  expect(await readBounced(world.services)).toEqual([]);
  await world.stubs.email.setMode('ok');
  world.stubs.email.refuse(EVE);
  await world.publish({ state: 'identified' });
  await world.work();
  const [bounced] = await readBounced(world.services);
  expect(bounced).toMatchObject({ address: EVE });
  expect(bounced!.answer).toContain('550');
  world.stubs.email.refuse(null);
  await world.publish({ state: 'monitoring' });
  await world.post('/status/subscribe', { email: EVE });
  await world.work();
  expect(world.mailsTo(EVE)).toHaveLength(1);
  expect(await countSubscribers(world.pool)).toMatchObject({ bounced: 1 });
  const change = { actor: person('Ada'), now: now() };
  expect(await clearBounce(world.services, { ...change, id: bounced!.id })).toBe(true);
  await world.publish({ state: 'identified' });
  await world.work();
  expect(world.mailsTo(EVE)).toHaveLength(2);
  expect(await removeSubscriber(world.services, { ...change, address: EVE.toUpperCase() })).toBe(true);
  const audit = await rows<{ text: string }>(
    "SELECT a::text AS text FROM audit_log a WHERE action LIKE 'subscribers.%'",
  );
  expect(audit).toHaveLength(2);
  expect(JSON.stringify(audit)).not.toContain('eve');
});

test('only a mailbox that is none, has moved or is shut has bounced', async () => {
  const { stubs, services } = world;
  const bounced = async (words: string) => {
    stubs.email.refuse('ada@customers.example', words);
    const mail = { from: 'a@example.com', to: 'ada@customers.example', text: '' };
    const sent = await sendMail(services.config.SMTP_URL!, mail);
    return [words, sent.outcome !== 'accepted' && sent.bounced];
  };
  for (const code of ['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1'])
    expect(await bounced(`${code} No`)).toEqual([`${code} No`, true]);
  for (const code of ['5.1.0', '5.1.7', '5.1.8', '5.1.13', '5.2.2', '5.2.3', '5.7.1'])
    expect(await bounced(`${code} No`)).toEqual([`${code} No`, false]);
  stubs.email.refuse(null);
});

test('a webhook answers the challenge, and gets each change signed', async () => {
  const [deaf, hook] = [await startHook(false), await startHook()];
  try {
    expect((await world.post('/status/subscribe', { hook: deaf.url })).status).toBe(400);
    const answer = await world.post('/status/subscribe', { hook: hook.url });
    expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([200, 'no-store']);
    const page = await answer.text();
    const secret = /whsec_[\w+/=]+/.exec(page)![0];
    await world.publish({ state: 'resolved' });
    await world.work();
    const { headers, raw } = hook.received.at(-1)!;
    const body = new Webhook(secret).verify(raw, headers as Record<string, string>) as { data: object };
    expect(body).toMatchObject({
      type: 'incident.updated',
      data: { status: 'resolved', name: 'Chat does not work' },
    });
    expect(hook.received).toHaveLength(2);
    const link = LINK.exec(page)![0];

    // Anybody may name it: who does learns neither secret nor link, and changes neither.
    const again = await (await world.post('/status/subscribe', { hook: hook.url, component: '3' })).text();
    expect(again).toContain('It was subscribed before');
    expect(again).not.toMatch(/whsec_|\/status\/subscription\//);
    await world.publish({ state: 'investigating' });
    // One that is not found is no end; one that is gone is.
    hook.answer(404);
    await world.work();
    const [{ headers: later, raw: told }] = hook.received.slice(-1) as [(typeof hook.received)[number]];
    expect(new Webhook(secret).verify(told, later as Record<string, string>)).toMatchObject({
      data: { subscription: expect.stringContaining(link) as string },
    });
    expect(await readBounced(world.services)).toEqual([]);
    hook.answer(410);
    await world.publish({ state: 'identified' });
    await world.work();
    expect(await readBounced(world.services)).toHaveLength(1);
    hook.answer(null);
    // An admin types it as it was typed, not as it is kept.
    const change = { actor: person('Ada'), now: now() };
    expect(
      await removeSubscriber(world.services, {
        ...change,
        address: ` ${hook.url.replace('http:', 'HTTP:')}`,
      }),
    ).toBe(true);
    const anew = await (await world.post('/status/subscribe', { hook: hook.url })).text();
    expect(await countSubscribers(world.pool)).toMatchObject({ hooks: 1 });
    await world.post(LINK.exec(anew)![0], { do: 'leave' });
    expect(await countSubscribers(world.pool)).toMatchObject({ hooks: 0 });
  } finally {
    deaf.stop();
    hook.stop();
  }
});

test('a stranger has nobody in a private network called, whatever contacts of the team may', async () => {
  const [hook, inside] = [
    await startHook(),
    await createSubscriberWorld({ OUTBOUND_LOOPBACK_ONLY: 'false', OUTBOUND_ALLOW_PRIVATE: 'true' }),
  ];
  try {
    const { port } = new URL(hook.url);
    const addresses = [hook.url, `https://127.0.0.1:${port}/`, `https://localhost:${port}/`];
    const disguised = ['2130706433', '0x7f.1', '0.0.0.0', '[::ffff:127.0.0.1]', '[::]', '169.254.169.254'];
    for (const url of [...addresses, ...disguised.map((host) => `https://${host}:${port}/`)])
      expect([url, (await inside.post('/status/subscribe', { hook: url })).status]).toEqual([url, 400]);
    // Nor one that was taken before it was so.
    await inside.pool.query(
      `INSERT INTO status_subscribers (kind, address, address_hash, token, token_hash, created_at, confirmed_at)
       VALUES ('webhook', $1, 'h', 'token', 't', now(), now())`,
      [hook.url],
    );
    await inside.publish();
    await inside.work();
    const { rows: told } = await inside.pool.query<{ state: string }>(
      'SELECT state FROM status_mailing_items',
    );
    expect(told).toEqual([{ state: 'failed' }]);
    expect(hook.received).toHaveLength(0);
  } finally {
    hook.stop();
    await inside.close();
  }
});

test('hooks that fail hold up nobody, and give up after two hours', async () => {
  await world.pool.query('DELETE FROM status_subscribers');
  await fill(310);
  // More than a minute's worth are dead, and first in line.
  await world.pool.query(
    "UPDATE status_subscribers SET kind = 'webhook' WHERE substr(address_hash, 2)::int <= 305",
  );
  const at = inMinutes(30);
  const newest = (await readNoticeOf(world.pool, 12))!.updates[0]!.id;
  await world.publish({ seen: newest, state: 'monitoring', now: at });
  const round = async (seconds: number) => {
    const then = new Date(at.getTime() + seconds * 1000);
    await tickMailings(world.services, then);
    const kinds = ['subscriber_webhook', 'subscriber_mail'] as const;
    while (
      await sendNotifications(world.services, then, {
        kinds,
        send: (_services, { kind }) =>
          Promise.resolve(
            kind === 'subscriber_mail'
              ? { outcome: 'accepted', answer: '250 ok' }
              : { outcome: 'retry', answer: '503 no', retryAfterMs: 3_600_000 },
          ),
      })
    );
  };
  for (let second = 0; second < 180; second += 6) await round(second);
  await tickMailings(world.services, new Date(at.getTime() + 180_000));
  expect((await readMailings(world.pool))[0]).toMatchObject({ waiting: 0, told: 5, onTheWay: 305 });
  // Who unsubscribes is not among those who did not take it.
  await world.pool.query('DELETE FROM status_subscribers WHERE substr(address_hash, 2)::int <= 200');
  for (const seconds of [3 * 3600, 3 * 3600 + 1]) await round(seconds);
  expect((await readMailings(world.pool))[0]).toMatchObject({
    total: 110,
    told: 5,
    failed: 105,
    onTheWay: 0,
  });
}, 60_000);

test('what has not gone out when it is news no more is left out, and an admin stops the rest', async () => {
  await world.pool.query('DELETE FROM status_subscribers');
  await fill(700);
  const at = inMinutes(60);
  await world.publish({ seen: 0, state: 'investigating', now: at }).catch(() => undefined);
  const newest = (await readNoticeOf(world.pool, 12))!.updates[0]!.id;
  await world.publish({ seen: newest, state: 'investigating', now: at });
  await tickMailings(world.services, at);
  await world.publish({ state: 'identified', now: at });
  const [second, first] = await readMailings(world.pool);
  expect(first).toMatchObject({ onTheWay: 30, superseded: 670, waiting: 0 });
  expect(second).toMatchObject({ total: 700, waiting: 700 });
  expect((await sends()).mailing).toBe(second!.id);
  const rate: number[] = [];
  for (let second = 0; second < 60; second += 1) {
    await tickMailings(world.services, new Date(at.getTime() + second * 1000));
    await sendNotifications(world.services, at, {
      kinds: ['subscriber_mail'],
      send: () => Promise.resolve({ outcome: 'accepted', answer: 'ok' }),
    });
    rate.push((await readMailings(world.pool))[0]!.waiting);
  }
  // 300 a minute, the first ones of the other mailing included, smoothly.
  expect(700 - rate.at(-1)!).toBeLessThanOrEqual(300);
  expect(700 - rate.at(-1)!).toBeGreaterThan(200);
  expect(700 - rate[9]!).toBeLessThan(80);
  // What was in the outbox of the first one is not told any more.
  expect((await readMailings(world.pool))[1]).toMatchObject({ onTheWay: 0, superseded: 700, told: 0 });
  expect(await cancelMailing(world.services, { id: second!.id, actor: person('Ada'), now: at })).toBe(true);
  expect((await readMailings(world.pool))[0]).toMatchObject({ waiting: 0, cancelledBy: 'Ada' });
  expect((await sends()).words).toMatch(/ cancelled\.$/);
});

/** Confirmed subscribers, many at once. */
async function fill(many: number) {
  await world.pool.query(
    `INSERT INTO status_subscribers (kind, address, address_hash, token, token_hash, created_at, confirmed_at)
     SELECT 'email', 'many' || n || '@customers.example', 'a' || n, 'token' || n, 't' || n, now(), now() FROM generate_series(1, $1::int) n`,
    [many],
  );
}

test('ten thousand subscribers hold up no message to the team', async () => {
  await world.pool.query('DELETE FROM status_subscribers');
  await fill(10_000);
  const began = performance.now();
  await world.publish({ state: 'investigating', seen: (await readNoticeOf(world.pool, 12))!.updates[0]!.id });
  const publishMs = performance.now() - began;
  const loops = startNotifier(world.services);
  try {
    await until(
      'subscribers are being told',
      async () => (await readMailings(world.pool))[0]!.told > 5,
      60_000,
    );
    const asked = performance.now();
    await inTransaction(world.pool, (client) =>
      queueNotifications(
        client,
        [
          {
            ...{
              dedupeKey: 'team',
              thread: 'incident-12',
              incidentId: 12,
              contactId: null,
              fallbacks: [],
              drill: null,
            },
            channel: { kind: 'email', of: 'environment' },
            message: messageOf('opened', { title: 'The team is told' }),
          },
        ],
        now(),
      ),
    );
    await until('the team is told', () => world.mailsTo('support-team@example.com').length > 0, 60_000);
    const tookMs = performance.now() - asked;
    expect((await readMailings(world.pool))[0]!.waiting).toBeGreaterThan(9000);
    console.info(
      `published to 10,000 in ${Math.round(publishMs)} ms, the team told in ${Math.round(tookMs)} ms`,
    );
    // A quiet machine takes a third of a second.
    expect(tookMs).toBeLessThan(5000);
  } finally {
    await Promise.all(Object.values(loops).map((loop) => loop.stop()));
  }
}, 120_000);

test.each(LANGUAGES)('%s: every page and mail has its words', async (language) => {
  await world.pool.query('UPDATE status_page SET language = $1', [language]);
  world.services.changes.announce('page');
  await until('the page speaks it', async () =>
    (await (await world.get('/status')).text()).includes(`lang="${language}"`),
  );
  const address = `${language}@customers.example`;
  const link = await world.subscribe(address);
  for (const path of ['/status/subscribe', '/status/subscribe/sent', link]) {
    const page = await (await world.get(path)).text();
    expect(page).toContain(`<html lang="${language}"`);
    expect(page).not.toMatch(/undefined|\[object/);
  }
  expect(world.mailsTo(address).at(-1)!.headers['content-language']).toBe(language);
});

test('without a mail server nobody can subscribe, and the page says nothing of it', async () => {
  const other = await createSubscriberWorld({ SMTP_URL: '', SMTP_FROM: '', NOTIFY_EMAIL_TO: '' });
  const off = await createSubscriberWorld({ STATUS_PAGE: 'off' });
  try {
    for (const one of [other, off])
      for (const path of ['/status/subscribe', `/status/subscription/${'a'.repeat(43)}`])
        expect((await one.get(path)).status).toBe(404);
    expect(await (await other.get('/status')).text()).not.toContain('/status/subscribe');
    expect(await areTold(world.services)).toBe(true);
    // Mails that went out before still lead to the end of what they are about; no others go.
    const token = 'b'.repeat(43);
    for (const one of [other, off]) {
      expect(await areTold(one.services)).toBe(false);
      await one.pool.query(
        `INSERT INTO status_subscribers (kind, address, address_hash, token, token_hash, created_at, confirmed_at)
         VALUES ('email', 'x', 'x', 'x', $1, now(), now())`,
        [hashOf(token)],
      );
      expect((await one.get(`/status/subscription/${token}`)).status).toBe(200);
      const ended = await one.post(`/status/subscription/${token}`, { 'List-Unsubscribe': 'One-Click' });
      expect([ended.status, await ended.text()]).toEqual([200, expect.stringContaining('Unsubscribed')]);
      expect(await countSubscribers(one.pool)).toMatchObject({ mails: 0 });
    }
  } finally {
    await other.close();
    await off.close();
  }
});
