import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser, PHONE, rested } from '../support/browser.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { addPerson, signInOver, useCookies as giveCookies, type TestRole } from '../support/sign-in.ts';
import { at, HOSTILE, insertIncident, prove } from './report-world.ts';

let services: TestServices;
let app: AppProcess;
let browser: Browser;
let incidentId: number;

beforeAll(async () => {
  [services, browser] = await Promise.all([createTestServices(), launchBrowser()]);
  const { pool } = services.db;
  await prove(services);
  await pool.query('UPDATE backlog_projection SET caught_up_at = $1', [at(120)]);
  await pool.query(
    `INSERT INTO conversations (key, account, conversation_id, status, chatwoot_updated_at, customer_name, seen_at)
     VALUES ('1:42', '1', 42, 'open', 1, $1, $2)`,
    [HOSTILE, at(10)],
  );
  await pool.query(
    `INSERT INTO waits (key, snapshot_since, since, due_at, answered_at) VALUES ('1:42', $1, $1, $2, $3)`,
    [at(10), at(40), at(50)],
  );
  await pool.query(
    `INSERT INTO waiting_samples (minute, waiting, breached)
     SELECT $1::timestamptz + n * interval '1 minute', 20 - abs(20 - n), n / 20 FROM generate_series(0, 40) n`,
    [at(0)],
  );
  app = await startApp({ DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir });
  await until('the app is ready', async () => (await fetch(`${app.url}/readyz`)).status === 200, 90_000);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await app.kill('SIGTERM');
  await services.close();
});
beforeEach(async () => {
  incidentId = await insertIncident(services);
});

async function open(role: TestRole, name: string, options: BrowserContextOptions = DESKTOP): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', acceptDownloads: true, ...options });
  const someone = await addPerson(services.databaseUrl, role, name);
  await giveCookies(context, app.url, await signInOver(app.url, someone));
  const page = await context.newPage();
  await page.goto(`${app.url}/incidents/${incidentId}/report`);
  return page;
}

async function axe(page: Page) {
  // Without JavaScript nothing ever rests.
  await rested(page);
  expect(await violationsOf(page)).toEqual([]);
}

const document = (page: Page) => page.locator('#document');
const notice = (page: Page, text: string) => page.getByRole('status').getByText(text).waitFor();
const cause = (page: Page) => page.getByRole('textbox', { name: 'Root cause' });
const edit = (page: Page, part: string) =>
  page.getByRole('link', { name: new RegExp(`^(?:Edit|Write it|Add one|Add or change): ${part}$`) }).click();

/** The form stands where the text stood. */
async function write(page: Page, text: string): Promise<void> {
  if ((await cause(page).count()) === 0) await edit(page, 'Root cause');
  await cause(page).fill(text);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
}

test.each([
  ['on a wide screen in light', { ...DESKTOP, colorScheme: 'light' }],
  ['on a phone in dark', { ...PHONE, colorScheme: 'dark' }],
  ['without JavaScript', { ...DESKTOP, javaScriptEnabled: false }],
] as const)('%s: written, an action decided, signed', async (_name, options) => {
  const hasScript = !('javaScriptEnabled' in options);
  const page = await open('responder', 'Ada', options);
  await page.getByText('write the root cause').first().waitFor();
  await document(page).getByText('40 min', { exact: true }).waitFor();
  // Nothing is empty that the record can fill.
  await document(page)
    .getByText(/it began at .+ and lasted 40 min\./)
    .waitFor();
  await edit(page, 'Summary');
  expect(await page.getByRole('textbox', { name: 'Summary' }).inputValue()).toMatch(/lasted 40 min\./);
  if (hasScript) await axe(page);
  await page.getByRole('link', { name: 'Cancel' }).click();
  await write(page, 'Redis was full.');
  await notice(page, 'Saved as a new version.');
  await document(page).getByText('Redis was full.').waitFor();
  expect(await cause(page).count()).toBe(0);
  if (hasScript)
    expect(await page.evaluate(() => globalThis.document.activeElement?.getAttribute('aria-label'))).toBe(
      'Edit: Root cause',
    );

  await edit(page, 'Preventive actions');
  const actions = page.locator('#preventive');
  await actions.getByLabel('What').last().fill('Watch the memory of Redis');
  await actions.getByLabel('Owner').last().fill('Max');
  await actions.getByLabel('Due').last().fill('2026-10-01');
  await actions.getByRole('button', { name: 'Add' }).press('Enter');
  await notice(page, 'The preventive action is added.');
  await page.getByRole('link', { name: 'Close' }).click();
  await document(page).getByRole('cell', { name: '2026-10-01' }).waitFor();

  await page.getByRole('button', { name: 'Sign the report' }).click();
  await notice(page, 'Signed, with your name.');
  await page.getByText('Signed by Ada at', { exact: false }).first().waitFor();
  expect(await page.getByRole('link', { name: /: Root cause$/ }).count()).toBe(0);
  if (hasScript) await axe(page);
  // Nothing is wider than the screen.
  if (hasScript)
    expect(await page.evaluate(() => globalThis.document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      options.viewport.width,
    );
  await page.context().close();
});

test('two editors at once: the second one is told, and finds their text beside the other', async () => {
  const [ada, eve] = await Promise.all([open('responder', 'Ada'), open('admin', 'Eve')]);
  await edit(eve, 'Root cause');
  await cause(eve).fill('A bad deploy.');
  await write(ada, 'Redis was full.');
  await notice(ada, 'Saved as a new version.');
  // Whatever she does besides reads the page again: what she typed, and what it is based on, stay.
  await edit(eve, 'Preventive actions');
  const actions = eve.locator('#preventive');
  await actions.getByLabel('What').last().fill('Ask the vendor');
  await actions.getByLabel('Owner').last().fill('Eve');
  await actions.getByLabel('Due').last().fill('2026-10-02');
  await actions.getByRole('button', { name: 'Add' }).press('Enter');
  await notice(eve, 'The preventive action is added.');
  await eve.getByRole('link', { name: 'Go on with what you wrote: Root cause' }).click();
  await eve.getByText(/had not been saved: it is back/).waitFor();
  expect(await cause(eve).inputValue()).toBe('A bad deploy.');
  await eve.getByRole('button', { name: 'Save', exact: true }).click();
  await notice(eve, 'Your text is kept at the top of this page');
  await eve.getByRole('article', { name: 'Text of Eve' }).getByText('A bad deploy.').first().waitFor();
  await document(eve).getByText('Redis was full.').waitFor();
  await axe(eve);
  await write(eve, 'Redis was full after a bad deploy.');
  await notice(eve, 'Saved as a new version.');
  await eve.getByRole('button', { name: 'Put it away' }).press('Enter');
  await notice(eve, 'That text is put away');
  await eve.getByText('Versions: 2').click();
  await eve.getByRole('link', { name: 'Version 1' }).click();
  await eve.locator('#version').getByText('Redis was full.').waitFor();
  await Promise.all([ada, eve].map((page) => page.context().close()));
});

test('text that could not be saved stays in the fields, says so, and is there again after a reload', async () => {
  const page = await open('responder', 'Uma');
  await edit(page, 'Root cause');
  await cause(page).waitFor();
  await page.context().setOffline(true);
  await write(page, 'The disk was full.');
  await page
    .getByRole('alert')
    .getByText(/^Not saved: The app does not answer\. .+ this tab keeps a copy/)
    .waitFor();
  expect(await cause(page).inputValue()).toBe('The disk was full.');
  await page.context().setOffline(false);
  await page.reload();
  await page.getByText(/^What you wrote until .+ had not been saved: it is back in the field\./).waitFor();
  expect(await cause(page).inputValue()).toBe('The disk was full.');
  await axe(page);
  await page.getByRole('button', { name: 'Use what is saved instead' }).click();
  expect(await cause(page).inputValue()).toBe('');
  await write(page, 'The other disk was full.');
  await notice(page, 'Saved as a new version.');
  await document(page).getByText('The other disk was full.').waitFor();
  await page.reload();
  await edit(page, 'Root cause');
  await cause(page).waitFor();
  const kept = await page.evaluate(() => Object.keys(sessionStorage));
  expect(kept.filter((key) => key.startsWith('report/'))).toEqual([]);
  expect(await page.getByText('had not been saved').count()).toBe(0);
  await page.context().close();
}, 60_000);

test('printed, it is the report alone; as a file it says the same, and a hostile name is a name', async () => {
  const page = await open('responder', 'Ada');
  const problems: string[] = [];
  page.on('dialog', (dialog) => {
    problems.push(dialog.message());
    void dialog.dismiss();
  });
  await document(page).getByText(HOSTILE).waitFor();
  await document(page).locator('svg').first().waitFor();
  await page.emulateMedia({ media: 'print' });
  for (const hidden of ['.oc-rail', '.oc-strip', '#signature'])
    expect(await page.locator(hidden).isVisible()).toBe(false);
  expect(await page.getByRole('link', { name: /^(?:Edit|Write it)/ }).count()).toBe(0);
  expect(await document(page).getByRole('heading', { level: 1 }).isVisible()).toBe(true);
  const pdf = await page.pdf({ format: 'A4' });
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  await page.emulateMedia({ media: 'screen' });

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'HTML', exact: true }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`incident-${incidentId}-report.html`);
  const file = await page.context().newPage();
  await file.setContent(await readFile(await download.path(), 'utf8'));
  await file.getByText(HOSTILE).waitFor();
  await axe(file);
  expect(problems).toEqual([]);
  await page.context().close();
});

test('a viewer reads it without the names of customers, and changes nothing', async () => {
  const page = await open('viewer', 'Vic');
  await document(page).getByRole('cell', { name: '#42' }).waitFor();
  expect(await document(page).getByText(HOSTILE).count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Sign the report' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: /^(?:Edit|Write it|Add one)/ }).count()).toBe(0);
  const answer = await page.request.get(`${app.url}/api/incidents/${incidentId}/report?format=md`);
  expect(await answer.text()).not.toContain('script');
  await axe(page);
  await page.context().close();
});
