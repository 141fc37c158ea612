import { afterAll, beforeAll, expect, test } from 'vitest';
import { SYSTEM } from '../../app/features/audit/actor.ts';
import { connectChatwoot } from '../../app/features/arrival/connect/connect.server.ts';
import { tickRegistration } from '../../app/features/arrival/connect/check-registration.server.ts';
import { createChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import type { Services } from '../../app/lib/services.server.ts';
import { action, loader } from '../../app/routes/api/arrival.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startIntakeServer, type IntakeServer } from '../intake/intake-server.ts';
import { serveRoutes } from '../overview/route-server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { openTestAccess, type TestAccess, type TestRole } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

let chatwoot: Chatwoot;
let services: TestServices;
let intake: IntakeServer;
let access: TestAccess;
let server: Awaited<ReturnType<typeof serveRoutes>>;
/** The services of an app that knows its own address, which is known only when it listens. */
let app: Services;

beforeAll(async () => {
  chatwoot = await startChatwoot();
  services = await createTestServices({
    CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: 'false',
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  });
  intake = await startIntakeServer(services);
  app = { ...services, config: { ...services.config, APP_URL: new URL(intake.url).origin } };
  access = openTestAccess(services);
  const context = { ...access.context, services: app };
  server = await serveRoutes({ 'api/arrival/register': { action, loader } }, context);
});
afterAll(async () => {
  await server?.stop();
  access?.stop();
  await intake?.stop();
  await services?.close();
  await chatwoot?.stop();
});

function client() {
  const { chatwootUrl: baseUrl, accountId, apiToken } = services.config.connection!;
  return createChatwootClient({ baseUrl, accountId, apiToken });
}
async function press(role: TestRole, headers: Record<string, string> = {}) {
  return fetch(`${server.url}/api/arrival/register`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Cookie: await access.signIn(role),
      ...headers,
    },
    body: 'returnTo=%2F',
  });
}
const listed = () => chatwoot.registrations.hooks().filter(({ url }) => url === intake.url);
const received = () => services.db.prisma.webhookEvent.count({ where: { event: 'message_created' } });
async function writes() {
  const { store } = chatwoot;
  const conversation = store.startConversation();
  const { contact } = conversation;
  store.addMessage(conversation, { type: 'incoming', content: 'Hello?', private: false, sender: contact });
  await chatwoot.webhooks.idle();
}
/** Customers write until a message is here: a process that read its secrets a moment ago reads them again within a second. */
async function arrives() {
  const before = await received();
  await until('a message is here', async () => {
    await writes();
    return (await received()) > before;
  });
}
async function fault() {
  await tickRegistration(app, client(), services.db.clock.now());
  const { rows } = await services.db.pool.query<{ fault: string | null }>(
    `SELECT registration->>'fault' AS fault FROM arrival_watch`,
  );
  return rows[0]!.fault;
}

test('a webhook that was deleted in Chatwoot is registered again by the button, and messages arrive', async () => {
  const { connection } = services.config;
  await connectChatwoot(app, client(), {
    connection: connection!,
    appUrl: app.config.APP_URL!,
    actor: SYSTEM,
  });
  expect(await fault()).toBeNull();
  await arrives();

  chatwoot.registrations.remove();
  const before = await received();
  await writes();
  await services.db.pool.query('UPDATE arrival_watch SET registration_at = NULL');
  expect(await fault()).toBe('missing');
  expect(await received()).toBe(before);

  // Who is no admin changes nothing.
  for (const role of ['viewer', 'responder'] as const) expect((await press(role)).status).toBe(403);
  expect(listed()).toEqual([]);

  const pressed = await press('admin');
  expect(pressed.status).toBe(303);
  expect(pressed.headers.get('Location')).toBe('/?notice=webhook_registered');
  expect(listed()).toHaveLength(1);
  // It is read again at once, and is as it should be, with the secret that this app has.
  expect(await fault()).toBeNull();
  await arrives();
  const [, again] = await services.db.prisma.auditEntry.findMany({
    where: { action: 'chatwoot.connect' },
    orderBy: { id: 'asc' },
  });
  expect(again).toMatchObject({ via: 'session', before: null, after: { webhook: 'created', signed: true } });

  // Pressed once more it makes no second one.
  const twice = await press('admin', { Accept: 'application/json' });
  expect([twice.status, await twice.json()]).toEqual([
    200,
    { outcome: 'registered', how: 'adopted', webhook: listed()[0]!.id },
  ]);
  expect(listed()).toHaveLength(1);
});

test('why it was not registered is said, to the page and to a program', async () => {
  chatwoot.registrations.setListing('unauthorized');
  const page = await press('admin');
  expect(page.headers.get('Location')).toBe('/?notice=webhook_unauthorized');
  const program = await press('admin', { Accept: 'application/json' });
  expect(program.status).toBe(502);
  expect(program.headers.get('Content-Type')).toBe('application/problem+json');
  expect(await program.json()).toMatchObject({
    code: 'unauthorized',
    detail: expect.stringContaining('CHATWOOT_API_TOKEN (401)') as string,
  });
});
