import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import { violationsOf } from '../support/accessibility.ts';
import { runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import { addPerson, signInOver, useCookies as giveCookies } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

const DAY = 86_400_000;
const ROLES = ['admin', 'responder', 'viewer'] as const;

let world: ComparisonWorld;
let agent: AgentService;
let app: AppProcess;
let browser: Browser;
let talks: Conversation[];
const cookies: Record<string, string> = {};
/** Numbers of the messages that the Agent service got, in order. */
const arrived: number[] = [];

beforeAll(async () => {
  agent = await startAgent();
  agent.setBehaviour(({ body }) => {
    const { event, id } = JSON.parse(body.toString('utf8')) as { event: string; id: number };
    if (event === 'message_created') arrived.push(id);
    return undefined;
  });
  world = await createComparisonWorld({ AGENT_SDK_URL: agent.url });
  talks = [world.begins(), world.begins(), world.begins()];
  await world.settled();
  for (const { messages } of talks) for (const message of messages) message.createdAt -= 3 * DAY;
  const { pool } = world.services.db;
  await pool.query(`UPDATE webhook_events SET received_at = received_at - interval '3 days'`);
  await pool.query(`UPDATE inbox_messages SET created_at = created_at - interval '3 days'`);
  app = await startApp({
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: world.chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(world.chatwoot.accountId),
    CHATWOOT_API_TOKEN: world.chatwoot.apiToken,
    RECONCILE_SETTLE: '0s',
    DELIVERY_SETTLE_MS: '0',
  });
  await app.ready();
  // What is lost later on is found by who asks for it, not by the comparisons with which the app begins.
  await until('the app has compared what was before it', async () => {
    const { rows } = await pool.query<{ done: number }>(
      "SELECT count(*)::int AS done FROM reconciliations WHERE state = 'done' AND cause IN ('recovery', 'clock')",
    );
    return rows[0]!.done === 2;
  });
  for (const role of ROLES)
    cookies[role] = await signInOver(app.url, await addPerson(world.services.databaseUrl, role));
  browser = await launchBrowser();
}, 180_000);
afterAll(async () => {
  await browser.close();
  await app.kill('SIGTERM');
  await world.close();
  await agent.stop();
});

async function withPage(options: object, role: string, work: (page: Page) => Promise<void>) {
  const context = await browser.newContext(options);
  await giveCookies(context, app.url, cookies[role]!);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  try {
    await work(page);
  } finally {
    await context.close();
  }
}
const ops = (...args: string[]) =>
  runToEnd(['app/cli/reconcile.ts', ...args], {
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: world.chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(world.chatwoot.accountId),
    CHATWOOT_API_TOKEN: world.chatwoot.apiToken,
    RECONCILE_SETTLE: '0s',
  });

/** Two days ago, and nobody told of it. */
async function loseOld(talk: Conversation, count: number): Promise<number[]> {
  const ids: number[] = [];
  await world.losing(() => {
    for (let n = 0; n < count; n += 1) {
      const message = world.says(talk);
      message.createdAt = Date.now() - 2 * DAY + n * 1000;
      ids.push(message.id);
    }
  });
  return ids;
}

async function post(role: string, fields: Record<string, string>) {
  const response = await fetch(`${app.url}/api/reconcile/withheld`, {
    method: 'POST',
    headers: {
      Accept: 'application/json',
      Cookie: cookies[role]!,
      Origin: new URL(app.url).origin,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields).toString(),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('ops:reconcile without a terminal: it names number and flags and ends with 1, once; with the flag they go out', async () => {
  const lost = await loseOld(talks[0]!, 3);
  const first = await ops('--since', '3d');
  expect([first.code, first.output]).toEqual([
    1,
    expect.stringContaining(
      '3 messages that were found are kept back: 3 older than a day. --send-withheld sends them, --leave-withheld leaves them for good.\n',
    ),
  ]);
  expect(first.stdout).toContain('3 messages are recorded and not sent: 3 older than a day.');
  expect((await ops('--since', '3d')).code).toBe(0);
  expect((await ops('--status')).stdout).toContain('3 messages are recorded and not sent');
  expect(arrived).not.toEqual(expect.arrayContaining(lost));
  const wrong = await ops('--send-withheld', '--leave-withheld');
  expect([wrong.code, wrong.output]).toEqual([2, expect.stringContaining('exclude each other')]);

  const sent = await ops('--since', '3d', '--send-withheld');
  expect([sent.code, sent.stdout]).toEqual([
    0,
    expect.stringContaining('3 messages sent to the Agent service.'),
  ]);
  await until('they have arrived', () => lost.every((id) => arrived.includes(id)), 60_000);
  expect(arrived.filter((id) => lost.includes(id))).toEqual(lost);
}, 240_000);

test('on the page: the overview asks, the card says how many and why; sent by one person, left by another who may', async () => {
  const [first, second, ...rest] = await loseOld(talks[1]!, 5);
  expect((await ops('--since', '3d')).code).toBe(1);

  expect(await post('viewer', { do: 'send', all: 'yes' })).toMatchObject({ status: 403 });
  expect(await post('responder', { do: 'leave', all: 'yes' })).toMatchObject({ status: 403 });
  expect(await post('responder', { do: 'send' })).toMatchObject({
    status: 400,
    body: { code: 'not_understood' },
  });
  expect(await post('responder', { do: 'send', all: 'yes', upTo: 'x' })).toMatchObject({ status: 400 });

  await withPage({ ...DESKTOP, colorScheme: 'light' }, 'viewer', async (page) => {
    await page.goto(`${app.url}/waiting#withheld`);
    const card = page.locator('#withheld');
    await card.getByText('5 messages are recorded and not sent: 5 older than a day.').waitFor();
    expect(await card.getByRole('button').count()).toBe(0);
    expect(await card.innerText()).not.toContain(talks[1]!.contact.name);
    expect(await violationsOf(page)).toEqual([]);
  });
  await withPage({ ...PHONE, colorScheme: 'dark', javaScriptEnabled: false }, 'responder', async (page) => {
    await page.goto(app.url);
    await page.getByRole('link', { name: 'Decide on them' }).first().click();
    const card = page.locator('#withheld');
    await card.getByText('Send all 5?').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(await card.innerText()).toContain(talks[1]!.contact.name);
    await card
      .getByRole('button', { name: /^Send the message of conversation/ })
      .first()
      .click();
    await page.getByText('They go out to the Agent service now.').waitFor();
  });
  await until('it has arrived', () => arrived.includes(first!), 60_000);
  expect(arrived).not.toContain(second);

  await withPage({ ...DESKTOP, colorScheme: 'dark' }, 'admin', async (page) => {
    await page.goto(`${app.url}/waiting#withheld`);
    const card = page.locator('#withheld');
    await card.getByText('4 messages are recorded and not sent').waitFor();
    await card.getByText('Leave them for good').click();
    expect(await violationsOf(page)).toEqual([]);
    await card.getByRole('button', { name: 'Leave all 4 unsent' }).click();
    await page.getByText('They are on record as discarded in your name.').waitFor();
    await card.waitFor({ state: 'detached' });
  });
  expect(await post('responder', { do: 'send', all: 'yes' })).toMatchObject({
    status: 409,
    body: { outcome: 'nothing_withheld' },
  });
  expect(arrived.filter((id) => [second!, ...rest].includes(id))).toEqual([]);
}, 240_000);
