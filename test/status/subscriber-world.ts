import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import { openStatusPage } from '../../app/features/status/open-status-page.server.ts';
import { publishUpdate, type UpdateRequest } from '../../app/features/status/publish-update.server.ts';
import { readNoticeOf } from '../../app/features/status/read-notices.server.ts';
import { tickMailings } from '../../app/features/status/subscribers/mailing.server.ts';
import { sendToSubscriber } from '../../app/features/status/subscribers/send-to-subscriber.server.ts';
import { notificationSettings, startNotifications } from '../../app/sandbox/notifications/notifications.ts';
import { statusEndpoint, subscribeEndpoint } from '../../app/server/status-endpoint.ts';
import { person } from '../support/person.ts';
import { createTestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const APP = 'https://outage.example.com';

/** The public page over real HTTP, a real mail server and a real database; ticks go by the story's clock. */
export async function createSubscriberWorld(env: Record<string, string> = {}) {
  const stubs = await startNotifications();
  const services = await createTestServices({
    APP_URL: APP,
    STATUS_PAGE: 'on',
    OUTBOUND_LOOPBACK_ONLY: 'true',
    TRUSTED_PROXIES: '1',
    ...notificationSettings(stubs),
    ...env,
  });
  const { pool } = services.db;
  await pool.query(
    `INSERT INTO health_components (name, label, state, since, checked_at, target)
     SELECT name, name, 'up', now(), now(), '' FROM unnest(ARRAY['chatwoot', 'agent', 'smtp']) AS name`,
  );
  const page = openStatusPage(services);
  const handlers = [statusEndpoint(page, services.config), subscribeEndpoint(page, services)];
  const server = createServer((request, response) => {
    if (!handlers.some((handler) => handler(request, response))) response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await pool.query(
    `INSERT INTO incidents (id, cause, title, severity, started_at, opened_at, opened_by)
     VALUES (12, 'chatwoot', 'Chatwoot at 10.0.0.7 does not answer', 'P0', now(), now(), 'alert')`,
  );
  if (env.STATUS_PAGE !== 'off') await until('the page is read', () => page.current());
  let network = 0;
  let seen = 0;

  /** Each from a network of its own, unless the test says which. */
  const post = (path: string, fields: Record<string, string> | [string, string][], from?: string) =>
    fetch(url + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'X-Forwarded-For': from ?? `198.51.${Math.floor((network += 1) / 250)}.${network % 250}` },
      body: new URLSearchParams(fields),
    });
  const mailsTo = (address: string) =>
    stubs.email.received.flatMap(({ body }) => (body.to.includes(address) ? [body] : []));
  async function work(now = services.db.clock.now()) {
    for (let more = true; more;) {
      more = await tickMailings(services, now);
      while (
        await sendNotifications(services, now, {
          kinds: ['subscriber_mail', 'subscriber_webhook'],
          send: sendToSubscriber,
        })
      );
    }
    await tickMailings(services, now);
  }
  return {
    ...{ services, stubs, page, url, pool, post, mailsTo, work },
    get: (path: string) => fetch(url + path, { redirect: 'manual' }),
    /** The path in the newest mail to an address. */
    linkTo(address: string): string {
      const [, path] = new RegExp(`${APP}(/status/subscription/[\\w-]{43})`).exec(
        textOf(mailsTo(address).at(-1)?.raw ?? ''),
      ) ?? ['', ''];
      return path;
    },
    async publish(more: Partial<UpdateRequest> = {}) {
      const outcome = await publishUpdate(services, {
        ...{
          incidentId: 12,
          seen,
          title: 'Chat does not work',
          state: 'investigating',
          text: 'Please write to us.',
        },
        ...{ nextAt: null, affects: { 1: 'major_outage' }, channels: ['subscribers'], actor: person('Ada') },
        ...{ now: services.db.clock.now(), ...more },
      });
      if (outcome.outcome !== 'published') throw new Error(outcome.outcome);
      seen = (await readNoticeOf(pool, 12))!.updates[0]!.id;
      return seen;
    },
    /** Signs an address up and confirms it. */
    async subscribe(address: string, components: string[] = []) {
      await post('/status/subscribe', [
        ['email', address],
        ...components.map((id): [string, string] => ['component', id]),
      ]);
      await work();
      const link = this.linkTo(address);
      await post(link, [['do', 'save'], ...components.map((id): [string, string] => ['component', id])]);
      return link;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await page.stop();
      await services.close();
      await stubs.stop();
    },
  };
}

export type SubscriberWorld = Awaited<ReturnType<typeof createSubscriberWorld>>;

/** A mail's text as people read it: soft line breaks and encoded characters undone. */
export const textOf = (raw: string): string =>
  Buffer.from(
    raw
      .replaceAll(/=\r\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_all, code: string) => String.fromCharCode(parseInt(code, 16))),
    'latin1',
  ).toString('utf8');

/** A receiver of webhooks that answers the challenge, or not. */
export async function startHook(answersChallenge = true) {
  const received: { headers: IncomingMessage['headers']; raw: string }[] = [];
  let always: number | null = null;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      received.push({ headers: request.headers, raw });
      const { data } = JSON.parse(raw) as { data: { challenge?: string } };
      response
        .writeHead(always ?? 200, { 'Content-Type': 'application/json' })
        // Whoever repeats all that is sent has not understood it.
        .end(answersChallenge && data.challenge ? JSON.stringify({ challenge: data.challenge }) : raw);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/challenge`,
    received,
    answer: (status: number | null) => void (always = status),
    stop: () => void server.close(),
  };
}
