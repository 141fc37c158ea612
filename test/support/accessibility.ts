import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { rested } from './browser.ts';

/**
 * What axe finds wrong with the page as it is now, a line each. Our pages have no frames, so that axe may run in the
 * page alone, and only violations are asked for: half the work of its default (1.4 in place of 2.8 s of processor time on
 * the contacts page), which opens a page of its own for each result. It waits until nothing is grey any more: what lies under
 * the finger after an action is for a second.
 *
 * @param rules only these; otherwise all
 */
export async function violationsOf(page: Page, rules?: string[]): Promise<string[]> {
  await rested(page);
  await page.locator('[data-quiet]').first().waitFor({ state: 'detached' });
  const axe = new AxeBuilder({ page }).setLegacyMode().options({
    resultTypes: ['violations'],
    preload: false,
    iframes: false,
    ...(rules && { runOnly: { type: 'rule', values: rules } }),
  });
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
