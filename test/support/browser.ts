import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/**
 * A real browser for tests. The package's own arguments are not used: with `--single-process` the second context
 * crashes. Everything that would talk to the network by itself is off.
 */
export async function launchBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-default-apps',
      '--disable-sync',
      '--disable-domain-reliability',
      '--metrics-recording-only',
      '--no-default-browser-check',
      '--no-pings',
    ],
  });
}

export const DESKTOP = { viewport: { width: 1280, height: 800 } } satisfies BrowserContextOptions;
export const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
} satisfies BrowserContextOptions;

/** Until a second press at the same place does something again: for a second after a form's answer it is taken for a slip. */
export const rested = (page: Page): Promise<void> => page.locator('html:not([data-resting])').waitFor();

/** Where the last of the three large actions of Now ends, px from the top. @throws when there are not three */
export async function endOfActions(page: Page): Promise<number> {
  const boxes = await Promise.all((await page.locator('.oc-action').all()).map((one) => one.boundingBox()));
  if (boxes.length !== 3) throw new Error(`${boxes.length} large actions`);
  return Math.max(...boxes.map((box) => box!.y + box!.height));
}
