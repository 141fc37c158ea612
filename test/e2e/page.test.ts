import { mkdir } from 'node:fs/promises';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/browser.ts';
import { freePort, runInBackground, type BackgroundProcess } from '../support/app-process.ts';
import { removeDataDir } from '../support/data-dir.ts';
import { until } from '../support/until.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';

let dataDir: string;
let demo: BackgroundProcess;
let url: string;
let signInLink: string;
let browser: Browser;

beforeAll(async () => {
  dataDir = await makeQuickFolder('demo');
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  demo = runInBackground(['app/sandbox/demo.ts'], { PORT: String(port), DATA_DIR: dataDir });
  await until('the demo says where to look', () => demo.output().includes(`Open ${url}`), 60_000);
  signInLink = /open (\S+\/demo\/\S+)/.exec(demo.output())![1]!;
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  expect(await demo.kill('SIGTERM')).toBe(0);
  await removeDataDir(dataDir);
});

/** The first thing a person reads. */
const verdict = (page: Page) => page.getByRole('region', { name: 'State of customer support' });
const sandboxButton = (page: Page, name: string | RegExp) =>
  page
    .getByRole('complementary', { name: 'Sandbox' })
    .getByRole('group', { name: /Agent service/ })
    .getByRole('button', { name });
/** A figure of the page Now, in words as they stand there; none shown is zero. */
const figure = async (page: Page, words: string) => {
  await page.locator('#lost').waitFor();
  const shown = page.locator('#lost .oc-figures > div').filter({ hasText: words }).locator('dd');
  return (await shown.count()) === 0 ? 0 : Number((await shown.innerText()).replace(/\D/g, ''));
};
const HELD = 'held';
const DEAD = 'dead letters';
/** Reaches a page by the links of the one that is shown. */
const follow = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click();
const openSandbox = (page: Page) => page.locator('.oc-sandbox summary').click();

/** A browser that has opened the printed link. */
async function signedIn(options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(signInLink);
  await page.close();
  return context;
}

async function axe(page: Page) {
  expect(await violationsOf(page)).toEqual([]);
}

test.each([
  ['on a wide screen in light', DESKTOP, 'light'],
  ['on a phone in dark', PHONE, 'dark'],
] as const)(
  '%s: outage, verdict, repair, replay, ledger, all without a reload',
  async (_name, device, colorScheme) => {
    const context = await signedIn({ ...device, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    try {
      await page.goto(url);
      let loads = 0;
      page.on('load', () => (loads += 1));
      await openSandbox(page);

      await sandboxButton(page, /422/).click();
      // Whether the dead letters or the incident that follows from them is told depends on what was delivered before.
      await until(
        'the verdict tells that messages do not get through',
        async () => /could not be delivered|do not get through/.test(await verdict(page).innerText()),
        60_000,
      );
      await until('dead letters are counted', async () => (await figure(page, DEAD)) > 0);
      await axe(page);

      await sandboxButton(page, /is down/i).click();
      await until(
        'the verdict tells of the outage',
        async () =>
          /Agent service/.test(await verdict(page).innerText()) &&
          /held safely/.test(await verdict(page).innerText()),
        60_000,
      );
      await until('messages are held', async () => (await figure(page, HELD)) > 0);
      await axe(page);
      if (device === DESKTOP) {
        await mkdir('artifacts', { recursive: true });
        await page.screenshot({ path: 'artifacts/outage-center.png' });
      }

      await sandboxButton(page, /repair/i).click();
      await until('nothing is held any more', async () => (await figure(page, HELD)) === 0, 60_000);
      await until(
        'the next step offers the replay',
        async () =>
          page
            .getByRole('button', { name: /^Replay \d+/ })
            .first()
            .isVisible(),
        30_000,
      );
      await page
        .getByRole('button', { name: /^Replay \d+/ })
        .first()
        .click();
      await until(
        'no dead letter is left',
        async () => {
          const left = await figure(page, DEAD);
          const state = await verdict(page).innerText();
          // What a person has answered meanwhile is left out, and is to be discarded.
          if (left > 0 && !/answered since in all/.test(state)) throw new Error(`${left} are left: ${state}`);
          return true;
        },
        60_000,
      );
      expect(await page.locator('#lost').innerText()).toMatch(/Balanced/);
      await page.getByRole('link', { name: 'Dismiss' }).click();
      await follow(page, /^All figures/);
      await page.getByRole('heading', { name: 'Deliveries' }).waitFor();
      expect(await page.locator('#ledger').innerText()).toMatch(/Balanced/);
      const dead = page.locator('#ledger .oc-term-dead b');
      if ((await dead.innerText()) !== '0') {
        await follow(page, /^Discard all/);
        await page.getByLabel('Reason').fill('Answered by hand');
        await page.getByRole('button', { name: /^Discard \d+/ }).click();
        await page.locator('#ledger').waitFor();
      }
      await until('no dead letter is left', async () => (await dead.innerText()) === '0', 30_000);
      await axe(page);
      await follow(page, /^Now/);
      await verdict(page).waitFor();
      await until(
        'all is well again',
        async () => !/could not be delivered|held safely/.test(await verdict(page).innerText()),
        30_000,
      );
      await axe(page);
      expect(problems).toEqual([]);
      // Forms are enhanced and changes are live: the document itself was never loaded anew.
      expect(loads).toBe(0);
    } finally {
      await context.close();
    }
  },
  400_000,
);

test('without JavaScript the page shows the state and its forms work', async () => {
  const context = await signedIn({ ...DESKTOP, javaScriptEnabled: false });
  const page = await context.newPage();
  try {
    await page.goto(url);
    expect(await verdict(page).innerText()).not.toBe('');
    await openSandbox(page);
    await sandboxButton(page, /422/).click();
    await until(
      'a dead letter is in the table',
      async () => {
        await page.goto(url);
        return (await figure(page, DEAD)) > 0;
      },
      60_000,
    );
    await openSandbox(page);
    await sandboxButton(page, /repair/i).click();
    await page.waitForLoadState();
    const before = await figure(page, DEAD);
    await page.goto(`${url}/delivery`);
    await page
      .getByRole('button', { name: /^Replay dead letter \d+/ })
      .first()
      .click();
    await until(
      'it was replayed',
      async () => {
        await page.goto(url);
        return (await figure(page, DEAD)) < before;
      },
      60_000,
    );
  } finally {
    await context.close();
  }
}, 180_000);
