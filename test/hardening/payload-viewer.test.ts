import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { DESKTOP, launchBrowser } from '../support/browser.ts';
import { signInAs, useCookies } from '../support/sign-in.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

let services: TestServices;
let app: AppProcess;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({ DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir });
  await app.ready();
  browser = await launchBrowser();
  context = await browser.newContext(DESKTOP);
  await useCookies(context, app.url, await signInAs(app.url, services.databaseUrl, 'admin'));
});
afterAll(async () => {
  await browser?.close();
  await app?.kill('SIGTERM');
  await services?.close();
});

const RUN = 'document.documentElement.dataset.pwned=1';
const HOSTILE = [
  `</script><script>${RUN}</script>`,
  `"><img src=x onerror="${RUN}">`,
  `<svg onload="${RUN}"><animate onbegin="${RUN}" attributeName=x dur=1s></svg>`,
  `<svg><script>${RUN}</script></svg>`,
  `<!--</title></style></textarea></pre><script>${RUN}</script>-->`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<a href="javascript:${RUN}">click</a> [click](javascript:${RUN}) javascript:${RUN}`,
  `<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example/">`,
  `<form action="https://evil.example/"><button>Replay</button></form>`,
  '{{constructor.constructor("alert(1)")()}} ${7*7} #{7*7} <%= 7*7 %> {% debug %}',
  `\u2028${RUN}\u2029`,
  'invoice\u202Efdp.exe \u2066hidden\u2069 zero\u200Bwidth \uFEFF',
  'bell\u0007 escape\u001b[31m red\u009b31m null-ish\u0001 del\u007f',
  `__proto__ constructor prototype`,
  `${'A'.repeat(400_000)}<script>${RUN}</script>`,
];

interface Watched {
  page: Page;
  problems: string[];
}

/** A page that notes what it must not do: break the policy, throw, ask other hosts, open dialogs. */
async function watchedPage(): Promise<Watched> {
  const page = await context.newPage();
  const problems: string[] = [];
  await page.exposeFunction('noteViolation', (text: string) => problems.push(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const noted = window as unknown as { noteViolation: (text: string) => void };
      noted.noteViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      problems.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(app.url) && !request.url().startsWith('data:'))
      problems.push(`request: ${request.url()}`);
  });
  return { page, problems };
}

const hydrated = (page: Page) =>
  until('the page is alive', () =>
    page.evaluate(() => '__remixContext' in window && document.querySelector('.oc-page') !== null),
  );

test('the page with charts keeps to its Content-Security-Policy, and the policy is the strict one', async () => {
  await services.db.pool.query(
    `INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
     SELECT 'minute', date_bin('1 minute', now() - i * interval '1 minute', 'epoch'), metric, label, 5
     FROM generate_series(1, 30) i, (VALUES ('attempt', 'ok'), ('attempt', 'http_5xx'), ('latency', '50')) m(metric, label)`,
  );
  await insertEvents(services, {
    count: 3,
    receivedAt: new Date(Date.now() - 120_000),
    deadAt: new Date(Date.now() - 60_000),
  });
  const { page, problems } = await watchedPage();
  const response = await page.goto(`${app.url}/delivery`);
  const policy = (await response!.allHeaders())['content-security-policy']!;
  const nonce = /'nonce-([^']+)'/.exec(policy)![1]!;
  expect(policy).toContain(`script-src 'self' 'nonce-${nonce}';`);
  expect(policy).not.toMatch(/script-src[^;]*unsafe|default-src[^;]*\*/);
  await page.locator('.recharts-surface').first().waitFor();
  await hydrated(page);
  await page.locator('.recharts-surface').first().hover();
  await page.keyboard.press('Tab');
  expect(problems).toEqual([]);

  const again = await page.goto(`${app.url}/delivery`);
  expect((await again!.allHeaders())['content-security-policy']).not.toContain(nonce);
  await page.close();
});

test('an injected script does not run: what the policy is for', async () => {
  const { page, problems } = await watchedPage();
  await page.goto(app.url);
  await page.evaluate((run) => {
    const script = document.createElement('script');
    script.textContent = run;
    document.body.append(script);
    const image = document.createElement('div');
    image.innerHTML = `<img src="data:," onerror="${run}">`;
    document.body.append(image);
  }, RUN);
  await until(
    'both were reported',
    () => problems.filter((problem) => problem.startsWith('policy: script-src')).length === 2,
  );
  expect(await page.evaluate(() => document.documentElement.dataset.pwned)).toBeUndefined();
  await page.close();
});

test.each(HOSTILE.map((content) => [content.slice(0, 60), content] as const))(
  'shown as text, nothing runs: %j',
  async (_name, content) => {
    const [entry] = await insertEvents(services, {
      content,
      lastError: content.slice(0, 400),
      event: content.slice(0, 100),
      conversation: 500,
    });
    await services.db.pool.query(`UPDATE attempts SET response = $2, error = $2 WHERE seq = $1`, [
      entry!.seq,
      content.slice(0, 4000),
    ]);
    const { page, problems } = await watchedPage();
    await page.goto(`${app.url}/dead-letters/${entry!.id}`);
    const shown = await page.locator('.oc-payload').innerText();
    expect(shown).toContain('"content": "');
    const text = await page.locator('body').innerText();
    // Nothing that acts reaches the page: each such character stands as its escape.
    expect(text.replace(/[\n\t]/g, ' ')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    await hydrated(page);
    await page.goto(`${app.url}/?text=${encodeURIComponent(content.slice(0, 200))}`);
    await hydrated(page);
    expect(await page.evaluate(() => document.documentElement.dataset.pwned)).toBeUndefined();
    expect(new URL(page.url()).origin).toBe(app.url);
    expect(problems).toEqual([]);
    await page.close();
  },
);
