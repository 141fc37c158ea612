import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { createOutageWorld, type OutageWorld } from '../e2e/whole-outage-world.ts';
import { violationsOf } from '../support/accessibility.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import { addPerson, signInOver, useCookies as giveCookies } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

/**
 * Pictures of every page in a calm hour, in an outage, in fallback mode and after it, wide and narrow, light and dark:
 * `npm run shots`; `SHOTS_STATE=outage SHOTS_PAGE=/,/waiting npm run shots` makes some of them. They are in
 * artifacts/shots, and their heights are printed in screens. None may be longer than somebody in trouble reads, or have
 * anything for axe.
 */
const wished = (name: string) => process.env[name]?.split(',');

const STATES = ['calm', 'outage', 'fallback', 'after'] as const;
const PAGES = [
  '/',
  '/incidents',
  '/incidents/1',
  '/incidents/1?tab=timeline',
  '/incidents/1?tab=told',
  '/incidents/1/recovery',
  '/incidents/1/report',
  '/incidents/1/report?edit=summary',
  '/incidents/1/update',
  '/waiting',
  '/tickets',
  '/tickets/import',
  '/recovery',
  '/delivery',
  '/dead-letters/replay?scope=all',
  '/settings',
  '/fallback',
  '/health',
  '/alerts',
  '/contacts',
  '/status-page',
  '/drill',
  '/people',
  '/audit',
  '/api-docs',
  '/account',
];
const DEVICES = [
  ['wide', DESKTOP],
  ['phone', PHONE],
] as const;
/** Screens of a page, at most. */
const MOST_SCREENS = { wide: 3, phone: 6 };
const THEMES = ['light', 'dark'] as const;
const FOLDER = path.resolve('artifacts/shots');
const LONG_MS = 90_000;

const states = STATES.filter((state) => wished('SHOTS_STATE')?.includes(state) ?? true);
const pages = wished('SHOTS_PAGE') ?? PAGES;

/** How each state comes about after the one before it. */
const PLAY: Record<(typeof STATES)[number], (world: OutageWorld) => Promise<void>> = {
  async calm(world) {
    const customers = ['Where is my order?', 'It is broken', 'Can I change my address?'].map((text) =>
      world.customer(text),
    );
    world.answers(customers[0]!);
    await until(
      'everything was handed on',
      async () => {
        const { ledger } = await world.get<{ ledger: Ledger }>('/api/status');
        return ledger.received > 4 && ledger.pending === 0;
      },
      LONG_MS,
    );
  },
  async outage(world) {
    await world.agent.setMode('status', { status: 422 });
    for (const text of ['My parcel is late', 'The invoice is wrong', 'I cannot log in']) world.customer(text);
    await until(
      'dead letters',
      async () => (await world.get<{ ledger: Ledger }>('/api/status')).ledger.dead > 0,
      LONG_MS,
    );
    await world.agent.setMode('down');
    await world.chatwoot.setMode('status', { status: 503 });
    for (const text of ['Hello?', 'Is anybody there?']) world.customer(text);
    await until(
      'an incident',
      async () => (await world.get<{ incidents: unknown[] }>('/api/incidents')).incidents.length > 0,
      LONG_MS,
    );
    await until(
      'messages are held',
      async () => (await world.get<{ ledger: Ledger }>('/api/status')).ledger.held > 0,
      LONG_MS,
    );
  },
  async fallback(world) {
    for (const { id } of await openIncidents(world)) await world.post(`/api/incidents/${id}/acknowledge`);
    await world.post('/api/fallback/toggle', { to: 'on', reason: 'Chatwoot answers 503' });
    await world.form('/tickets?index', {
      do: 'add',
      customer: 'Mara Lind <mara@example.com>',
      issue: 'Size',
    });
  },
  async after(world) {
    await world.agent.setMode('ok');
    await world.chatwoot.setMode('ok');
    // Nothing is sent in fallback mode, so nothing shows that it works again before it is off.
    await world.post('/api/fallback/toggle', { to: 'off', reason: 'Repaired', override: 'Seen to work' });
    for (const text of ['Are you there again?', 'Hello again', 'Good to see you']) world.customer(text);
    await until(
      'all has recovered',
      async () => (await openIncidents(world)).every(({ recoveredAt }) => recoveredAt !== null),
      4 * LONG_MS,
    );
  },
};

const openIncidents = async (world: OutageWorld) => {
  const { incidents } = await world.get<{
    incidents: { id: number; status: string; recoveredAt: string | null }[];
  }>('/api/incidents');
  return incidents.filter(({ status }) => status === 'open' || status === 'acknowledged');
};

interface Ledger {
  received: number;
  pending: number;
  held: number;
  dead: number;
}

/** @returns what is too long, or wrong for axe */
async function shoot(browser: Browser, world: OutageWorld, cookie: string, state: string): Promise<string[]> {
  const problems: string[] = [];
  for (const [device, options] of DEVICES) {
    for (const colorScheme of THEMES) {
      const context = await browser.newContext({ ...options, colorScheme, reducedMotion: 'reduce' });
      await giveCookies(context, world.app.url, cookie);
      const page = await context.newPage();
      for (const address of pages) {
        const answer = await page.goto(world.app.url + address);
        if (answer?.status() !== 200) continue;
        await page.waitForTimeout(400);
        const name = address === '/' ? 'now' : address.slice(1).replaceAll(/[^a-z0-9]+/gi, '-');
        const file = path.join(FOLDER, state, `${name}-${device}-${colorScheme}.png`);
        await page.screenshot({ path: file, fullPage: true });
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        const screens = (height / options.viewport.height).toFixed(1);
        const about = `${state} ${address} ${device} ${colorScheme}`;
        console.log(`${about}: ${screens} screens`);
        if (Number(screens) > MOST_SCREENS[device]) problems.push(`${about}: ${screens} screens`);
        for (const violation of await violationsOf(page)) problems.push(`${about}: ${violation}`);
      }
      await context.close();
    }
  }
  return problems;
}

test('pictures of every page in every state', async () => {
  await mkdir(FOLDER, { recursive: true });
  // What failed is out of the rules' windows soon.
  const world = await createOutageWorld({ ALERT_SUCCESS_WINDOW: '1m', ALERT_SUCCESS_MIN_ATTEMPTS: '3' });
  const browser = await launchBrowser();
  const problems: string[] = [];
  try {
    const cookie = await signInOver(
      world.app.url,
      await addPerson(world.services.databaseUrl, 'admin', 'Marta Lind'),
    );
    for (const state of STATES.slice(0, STATES.indexOf(states.at(-1)!) + 1)) {
      await PLAY[state](world);
      if (states.includes(state)) problems.push(...(await shoot(browser, world, cookie, state)));
    }
  } finally {
    await browser.close();
    await world.close();
  }
  expect(problems).toEqual([]);
});
