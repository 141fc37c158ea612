import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMessageReaders } from '../../app/features/access/people/message-reader.server.ts';
import { acknowledge } from '../../app/features/incidents/act-on-incident.server.ts';
import { readContactsPage } from '../../app/features/incidents/escalation/read-contacts.server.ts';
import {
  linkInMessage,
  readMessageLink,
} from '../../app/features/incidents/message-links/message-links.server.ts';
import { openIncident } from '../../app/features/incidents/open-incident.server.ts';
import { resolve } from '../../app/features/incidents/resolve-incident.server.ts';
import { queueNotifications } from '../../app/features/notify/queue-notifications.server.ts';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import { readBody, startHttpServer } from '../../app/sandbox/sandbox-server.ts';
import { messageOf } from '../notify/notify-world.ts';
import { violationsOf } from '../support/accessibility.ts';
import { freePort, startApp, type AppProcess } from '../support/app-process.ts';
import { launchBrowser, PHONE } from '../support/browser.ts';
import { person } from '../support/person.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, type TestPerson } from '../support/sign-in.ts';

// A worker, which sends, and a web process with a folder and a session secret of its own, which is asked.
let first: TestServices;
let worker: TestServices;
let web: AppProcess;
let stubs: Notifications;
let browser: Browser;
let ada: TestPerson;

beforeAll(async () => {
  const port = await freePort();
  [stubs, browser] = await Promise.all([startNotifications(), launchBrowser()]);
  first = await createTestServices();
  ada = await addPerson(first.databaseUrl, 'responder', 'Ada Lovelace');
  const env = {
    ...notificationSettings(stubs),
    APP_URL: `http://127.0.0.1:${port}`,
    DATABASE_URL: first.databaseUrl,
    NOTIFY_EMAIL_TO: ada.email.toUpperCase(),
    OUTBOUND_ALLOW_PRIVATE: 'true',
  };
  worker = await createTestServices({ ...env, DATA_DIR: first.dataDir });
  web = await startApp({
    ...env,
    ROLE: 'web',
    PORT: String(port),
    DATA_DIR: await makeQuickFolder('web'),
    LOG_LEVEL: 'debug',
  });
  await web.ready();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await web.kill('SIGTERM');
  await worker.close();
  await first.close();
  await stubs.stop();
});

const now = () => worker.db.clock.now();
const query = async <T>(sql: string, values: unknown[] = []) =>
  (await worker.db.pool.query(sql, values)).rows as T[];

/** The mails about an incident as their reader sees them, the newest first. */
const mailsOf = (id: number): string[] =>
  stubs.email.received
    .map(({ body }) => body.raw.replaceAll('=\r\n', '').replaceAll('=3D', '='))
    .filter((mail) => mail.includes(`/incidents/${id}\r`))
    .reverse();
const LINK = /http:\/\/127\.0\.0\.1:\d+\/acknowledge\/\d+\.[\w-]{43}/;

/** Opens an incident of its own and sends what is to be sent. @returns its number and the link in Ada's mail */
async function tellOfIncident(): Promise<{ id: number; link: string }> {
  const opened = await openIncident(worker, {
    title: 'Nobody answers',
    severity: 'P0',
    reason: 'Customers have waited since this morning.',
    actor: person('Nora'),
    now: now(),
  });
  if (opened.outcome !== 'opened') throw new Error(opened.outcome);
  await sendNotifications(worker, now(), { linkInMessage });
  return { id: opened.incidentId, link: LINK.exec(mailsOf(opened.incidentId)[0]!)![0] };
}

const statusOf = async (id: number) =>
  (await query<{ status: string }>('SELECT status FROM incidents WHERE id = $1', [id]))[0]!.status;
const press = (link: string) =>
  fetch(link, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: '',
  });
async function look(link: string, status = 200): Promise<string> {
  const response = await fetch(link);
  expect(response.status).toBe(status);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(response.headers.getSetCookie().join()).not.toContain('session');
  return (await response.text()).replaceAll(/<script.*?<\/script>/gs, '').replaceAll('<!-- -->', '');
}
const audited = (id: number) =>
  query<{ actor_id: string; via: string }>(
    `SELECT actor_id, via FROM audit_log WHERE action = 'incidents.acknowledged' AND target = $1`,
    [`incident ${id}`],
  );

test('a link in a mail acknowledges as its reader: by the button, not by being looked at, and once', async () => {
  const { id, link } = await tellOfIncident();
  expect(mailsOf(id)[0]).toContain('once, within 24 hours');
  // What scanners, previews and prefetching do.
  for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS'])
    await (await fetch(link, { method, headers: { Purpose: 'prefetch' } })).body?.cancel();
  expect(await statusOf(id)).toBe('open');

  const context = await browser.newContext({ ...PHONE, colorScheme: 'dark', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('heading', { name: 'Nobody is on it yet' }).waitFor();
  await page.getByText('You acknowledge as Ada Lovelace').waitFor();
  expect(await page.getByRole('button').count()).toBe(1);
  expect(await violationsOf(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('heading', { name: 'You are on it' }).waitFor();
  expect(await page.getByRole('button').count()).toBe(0);
  // It let nobody in.
  await page.getByRole('link', { name: /Open the incident/ }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await context.close();

  expect(await statusOf(id)).toBe('acknowledged');
  expect(await audited(id)).toEqual([{ actor_id: `person:${ada.id}`, via: 'message' }]);
  const [line] = await query<{ text: string }>(
    `SELECT text FROM incident_timeline WHERE incident_id = $1 AND kind = 'acknowledged'`,
    [id],
  );
  expect(line!.text).toMatch(/^Ada Lovelace acknowledged it, by the link in a message, /);
  await sendNotifications(worker, now(), { linkInMessage });
  expect(mailsOf(id)[0]).toContain('Ada Lovelace is on it');
  expect(mailsOf(id)[0]).not.toMatch(LINK);
  // Again, also when the incident asks for somebody anew.
  await press(link);
  await query(`UPDATE incidents SET status = 'open', acknowledged_by = NULL WHERE id = $1`, [id]);
  expect(await look(link)).toContain('This link was used');
  await press(link);
  expect(await statusOf(id)).toBe('open');
  expect(await audited(id)).toHaveLength(1);
});

test('two who press at once are one, and the second hears who is on it', async () => {
  const { id, link } = await tellOfIncident();
  const answers = await Promise.all([press(link), press(link), press(link)]);
  for (const answer of answers) expect(await answer.text()).toContain('You are on it');
  expect(await audited(id)).toHaveLength(1);

  const other = await tellOfIncident();
  await acknowledge(worker, { incidentId: other.id, actor: person('Max'), now: now() });
  const seen = await look(other.link);
  expect(seen).toContain('Max is on it');
  expect(seen).not.toContain('<button');
  await press(other.link);
  expect((await audited(other.id)).map(({ actor_id }) => actor_id)).toEqual(['test:Max']);
});

test('a link holds for its own incident and person, and for nothing else that a thief would try', async () => {
  const [one, two] = [await tellOfIncident(), await tellOfIncident()];
  const [, number, signature] = /(\d+)\.([\w-]{43})$/.exec(one.link)!;
  const base = new URL('/acknowledge/', one.link).href;
  const forged = [
    `${/(\d+)\.[\w-]{43}$/.exec(two.link)![1]}.${signature}`,
    `${number}.${signature!.slice(1)}A`,
    `${number}.${'A'.repeat(43)}`,
    `${number}`,
    `0${number}.${signature}x`,
    '9'.repeat(300),
    '%00',
  ];
  for (const token of forged) {
    const answer = await press(base + token);
    expect([400, 404], token).toContain(answer.status);
    await answer.body?.cancel();
  }
  expect([await statusOf(one.id), await statusOf(two.id)]).toEqual(['open', 'open']);
  // Of another site's form nothing comes.
  const foreign = await fetch(one.link, { method: 'POST', headers: { Origin: 'https://evil.example' } });
  expect(foreign.status).toBe(403);
  // Who was meant stands in the row and is signed: a row that was changed opens nothing.
  const eve = await addPerson(worker.databaseUrl, 'responder', 'Eve');
  await query('UPDATE message_links SET person_id = $2 WHERE id = $1', [number, eve.id]);
  expect(await look(one.link, 404)).toContain('does not work any more');
  // The page says what the message said, and who may press.
  const seen = await look(two.link);
  expect(seen).toContain('Nobody answers');
  expect(seen).not.toContain('waited since this morning');
});

test.each([
  ['deactivated', 'UPDATE people SET deactivated_at = now() WHERE id = $1'],
  ['a viewer by now', `UPDATE people SET role = 'viewer' WHERE id = $1`],
])('it ends when its person is %s, and nobody is told why', async (_name, sql) => {
  const { id, link } = await tellOfIncident();
  await query(sql, [ada.id]);
  try {
    const seen = await look(link, 404);
    expect(seen).toContain('does not work any more');
    expect(seen).not.toContain('Nobody answers');
    await press(link);
    expect(await statusOf(id)).toBe('open');
  } finally {
    await query(`UPDATE people SET deactivated_at = NULL, role = 'responder' WHERE id = $1`, [ada.id]);
  }
});

test('it ends with the incident, after a day by the database’s clock, and with its key', async () => {
  const over = await tellOfIncident();
  await resolve(worker, {
    incidentId: over.id,
    actor: person('Nora'),
    now: now(),
    resolution: 'It was nothing.',
    overrideReason: 'It was nothing.',
  });
  expect(await look(over.link)).toContain('It is over');
  await press(over.link);
  expect(await statusOf(over.id)).toBe('resolved');

  const late = await tellOfIncident();
  const [{ lasts } = { lasts: 0 }] = await query<{ lasts: number }>(
    'SELECT extract(epoch FROM expires_at - now())::int AS lasts FROM message_links WHERE incident_id = $1',
    [late.id],
  );
  expect(lasts).toBeGreaterThan(86_000);
  expect(lasts).toBeLessThanOrEqual(86_400);
  await query('UPDATE message_links SET expires_at = now() WHERE incident_id = $1', [late.id]);
  const seen = await look(late.link, 404);
  expect(seen).toContain('It has expired');
  expect(seen).not.toContain('Nobody answers');
  await press(late.link);
  expect(await statusOf(late.id)).toBe('open');

  const other = await tellOfIncident();
  await query(`UPDATE message_link_key SET key = 'YW5vdGhlciBrZXkgYW5vdGhlciBrZXkgYW5vdGhlcg'`);
  await look(other.link, 404);
  await press(other.link);
  expect(await statusOf(other.id)).toBe('open');
});

test('where others read along there is no such link, but the way to the incident', async () => {
  await tellOfIncident();
  const slack = JSON.stringify(stubs.slack.received.at(-1)!.body);
  expect(slack).toContain('Open in Outage Center to acknowledge');
  expect(
    slack + JSON.stringify(stubs.webhook.received) + JSON.stringify(stubs.pagerduty.received),
  ).not.toContain('/acknowledge/');
});

test('a contact’s own webhook has one once an admin says that nobody else reads it; no answer brings it into the log', async () => {
  const bodies: string[] = [];
  const echo = await startHttpServer(async (request, response) => {
    bodies.push((await readBody(request)).toString('utf8'));
    response.writeHead(500).end(bodies.at(-1));
  });
  const url = `${echo.url}/hook`;
  const [contact] = await query<{ id: number }>(`SELECT id FROM contacts WHERE role = 'Support Lead'`);
  const tell = async (personal: boolean, sender = worker) => {
    await query('UPDATE contacts SET channels = $2 WHERE id = $1', [
      contact!.id,
      JSON.stringify([
        { id: 'own', kind: 'webhook', address: url, secret: null, personal },
        { id: 'mail', kind: 'email', address: ada.email, secret: null },
      ]),
    ]);
    await inTransaction(worker.db.pool, (client) =>
      queueNotifications(
        client,
        [
          {
            dedupeKey: `echo ${bodies.length}`,
            thread: `echo ${bodies.length}`,
            incidentId: 1,
            contactId: contact!.id,
            channel: { kind: 'webhook', of: 'contact', contactId: contact!.id, channelId: 'own' },
            fallbacks: [],
            message: messageOf('opened', { asks: true }),
            drill: null,
          },
        ],
        now(),
      ),
    );
    await sendNotifications(sender, now(), { kinds: ['webhook'], linkInMessage });
    const view = await readContactsPage(worker, new URLSearchParams(), now());
    return view.contacts.find(({ id }) => id === contact!.id)!.channels.map((one) => one.acknowledgesAs);
  };
  try {
    expect(await tell(false)).toEqual([null, 'Ada Lovelace']);
    expect(bodies.at(-1)).not.toContain('acknowledge/');
    expect(await tell(true)).toEqual(['Ada Lovelace', 'Ada Lovelace']);
    const { data } = JSON.parse(bodies.at(-1)!) as { data: { acknowledge: string } };
    expect(data.acknowledge).toMatch(LINK);
    const kept = await query<{ answer: string }>(
      'SELECT answer FROM notification_log WHERE answer IS NOT NULL',
    );
    const stored = JSON.stringify([kept, await query('SELECT message FROM notifications')]);
    expect(stored).toContain('500 {');
    expect(stored + web.output()).not.toMatch(/acknowledge\/\d+\.[\w-]{8}/);
    // The operator's switch ends those that were sent, too.
    const off = { ...worker, config: { ...worker.config, MESSAGE_LINKS: false } };
    const token = data.acknowledge.split('/').at(-1)!;
    expect(await readMessageLink(worker.db.pool, worker.config, token)).toMatchObject({ incidentId: 1 });
    expect(await readMessageLink(off.db.pool, off.config, token)).toBeNull();
    expect(await tell(true, off)).toHaveLength(2);
    expect(bodies.at(-1)).not.toContain('acknowledge/');
  } finally {
    await echo.shut();
  }
});

test('an admin who has to turn on a second factor first may not acknowledge by a link either', async () => {
  const { email } = await addPerson(worker.databaseUrl, 'admin', 'Root');
  const ask = (REQUIRE_ADMIN_SECOND_FACTOR: boolean) =>
    readMessageReaders(worker.db.pool, { REQUIRE_ADMIN_SECOND_FACTOR }, { emails: [email] });
  expect(await ask(false)).toHaveLength(1);
  expect(await ask(true)).toEqual([]);
});
