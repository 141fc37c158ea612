import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort, runInBackground, type BackgroundProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser } from '../support/browser.ts';
import { removeDataDir } from '../support/data-dir.ts';
import { until } from '../support/until.ts';

let dataDir: string;
let demo: BackgroundProcess;
let url: string;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-demo-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  demo = runInBackground(['app/sandbox/demo.ts'], { PORT: String(port), DATA_DIR: dataDir });
  await until('the demo says where to look', () => demo.output().includes(`Open ${url}`), 120_000);
  browser = await launchBrowser();
  const context = await browser.newContext({ ...DESKTOP, reducedMotion: 'reduce' });
  await context.addInitScript(watchFocus);
  page = await context.newPage();
  await page.goto(url);
}, 180_000);

afterAll(async () => {
  await browser.close();
  expect(await demo.kill('SIGTERM')).toBe(0);
  await removeDataDir(dataDir);
});

declare global {
  interface Window {
    /** How often the focus fell to the body and stayed there, since something had it. */
    focusDropped: number;
  }
}

/** Runs in the page. A frame or two without focus is nothing that anybody meets. */
function watchFocus() {
  window.focusDropped = 0;
  let frames = -1;
  const look = () => {
    if (document.activeElement && document.activeElement !== document.body) frames = 0;
    else if (frames >= 0 && ++frames === 6) window.focusDropped += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

const focused = () =>
  page.evaluate(() => {
    const active = document.activeElement;
    return {
      tag: active?.tagName ?? null,
      text: active?.textContent.trim() ?? '',
      html: active?.outerHTML.slice(0, 300),
    };
  });

/** Goes to a page and waits until it is alive. */
async function open(at: string) {
  await page.goto(`${url}${at}`);
  await until('the page is alive', () =>
    page.evaluate(() => Object.keys(document).some((key) => key.startsWith('__reactContainer'))),
  );
}

/** Presses a button by keyboard and waits until the focus is at what came of it. */
async function press(button: Locator, result: RegExp) {
  await button.focus();
  await page.keyboard.press('Enter');
  let last = await focused();
  await until(
    `the focus is at ${result}`,
    async () => result.test((last = await focused()).text) && last.tag !== 'BUTTON',
    60_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: it is at ${last.html}`);
  });
  // What is read again meanwhile does not take it away.
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let frames = 60;
        const next = () => (--frames > 0 ? requestAnimationFrame(next) : resolve());
        next();
      }),
  );
  expect((await focused()).tag).not.toBe('BODY');
  expect(await page.evaluate(() => window.focusDropped)).toBe(0);
}

const button = (name: string | RegExp) => page.getByRole('button', { name }).first();
const agent = (name: RegExp) =>
  page.getByRole('group', { name: /Agent service/ }).getByRole('button', { name });

const openSandbox = () => page.locator('.oc-sandbox summary').click();

/** Dead letters that wait for somebody. */
async function deadLetters() {
  await open('/');
  await openSandbox();
  await agent(/422/).click();
  const lost = page.locator('#lost').getByText('dead letters');
  await until('there are dead letters', () => lost.isVisible(), 120_000);
  await open('/delivery');
  await button(/^Replay dead letter/).waitFor();
}

describe('by keyboard the focus goes to the result of', () => {
  beforeEach(() => page.setDefaultTimeout(60_000));

  test('a replay and a discard', async () => {
    await deadLetters();
    await press(button(/^Replay dead letter/), /^Replay \d+ started|^Already replayed/);
    await open('/dead-letters/discard?scope=all');
    await page.getByLabel('Reason').fill('Not needed.');
    await press(button(/^Discard \d+/), /^Discarded \d+/);
    await open('/');
    await openSandbox();
    await press(agent(/^Repair/), /\S/);
  }, 240_000);

  test('fallback mode, on and off', async () => {
    await open('/fallback');
    await page.getByLabel('Reason').fill('A drill.');
    await press(button('Switch fallback mode on'), /\S/);
    const off = page.locator('#switch');
    await off.getByLabel('Reason').fill('It is over.');
    await off.getByLabel(/Override/).fill('A drill.');
    await press(button('Switch fallback mode off'), /\S/);
  }, 240_000);

  test('a canary', async () => {
    await open('/recovery');
    await press(button(/canary/i), /\S/);
  }, 240_000);

  test('an incident: opened, taken, given to somebody, noted', async () => {
    await open('/incidents');
    await page.getByText('Open an incident by hand').click();
    await page.getByLabel('What is wrong, in one line').fill('The chat window stays empty');
    await page.getByLabel('What was seen').fill('Three customers wrote to us');
    await press(button('Open the incident'), /\S/);
    await page.getByRole('heading', { name: 'The chat window stays empty' }).waitFor();
    const at = new URL(page.url()).pathname;
    await open(at);
    await press(page.locator('main').getByRole('button', { name: 'Take it' }).first(), /\S/);
    await page.getByText('Assign it', { exact: true }).click();
    await page.getByLabel('To', { exact: true }).fill('Mara');
    await press(page.locator('form[action$="/assign"]').getByRole('button', { name: 'Assign' }), /\S/);
    await page.getByLabel('Note for the timeline').fill('Called the host');
    await page.getByLabel('Note for the timeline').press('Tab');
    await press(button('Add the note'), /note is in the timeline/);
    await open(`${at}/report?edit=rootCause`);
    await page.getByLabel('Root cause', { exact: true }).fill('Its database had no room left.');
    await press(page.getByRole('button', { name: 'Save', exact: true }), /^Edit/);
  }, 240_000);

  test('a comparison with Chatwoot', async () => {
    await open('/waiting');
    await page.getByText('Compare with Chatwoot again').click();
    await press(button('Compare with Chatwoot now'), /\S/);
  }, 240_000);

  test('an import', async () => {
    await open('/tickets/import');
    await page.getByLabel(/paste rows/).fill('Customer,Issue\nAda,Late parcel');
    await press(button('Bring it in'), /1 ticket added/);
    await page.getByLabel(/paste rows/).fill('nothing of use');
    await press(button('Bring it in'), /\S/);
  }, 240_000);

  test('an invitation', async () => {
    await open('/people');
    await page.getByLabel('E-mail address').fill('mara@example.com');
    await button('Make an invitation link').focus();
    await page.keyboard.press('Enter');
    await until('the link has the focus', async () => (await focused()).tag === 'INPUT', 60_000);
    expect(await page.evaluate(() => window.focusDropped)).toBe(0);
  }, 240_000);
});

test('what comes to lie under the finger is quiet for a second', async () => {
  await open('/');
  const sandbox = page.getByRole('complementary', { name: 'Sandbox' });
  const stop = sandbox.getByRole('button', { name: 'End the outage' });
  const play = sandbox.getByRole('button', { name: 'Begin the outage' });
  if (await stop.isVisible()) await stop.click();
  await play.scrollIntoViewIfNeeded();
  const box = (await play.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.click(x, y);
  await page.mouse.click(x, y);
  await stop.waitFor();
  // One finger, three presses: the second and the third are no wish to stop it.
  await page.mouse.click(x, y);
  await until('it can be pressed again', async () => (await page.locator('[data-quiet]').count()) === 0);
  expect(await stop.isVisible()).toBe(true);
  await stop.click();
  await play.waitFor();
}, 120_000);
