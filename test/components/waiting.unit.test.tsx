// @vitest-environment jsdom
import '../support/dom.ts';
import { expect, test } from 'vitest';
import { WaitingTiles } from '../../app/components/waiting/waiting-tiles.tsx';
import type { WaitingCheck } from '../../app/features/waiting/waiting-view.ts';
import { waitingWith } from '../overview/figures.ts';
import { documentOf } from '../support/render-page.tsx';

test.each<[NonNullable<WaitingCheck['counting']>, number, RegExp]>([
  [{ counted: 0, total: null, step: 'lists' }, 0, /Being counted: Chatwoot is being asked which/],
  [{ counted: 1250, total: 5000, step: 'lists' }, 0, /Being counted: 1,250 of 5,000 conversations/],
  [
    { counted: 5000, total: 5000, step: 'messages' },
    812,
    /all 5,000 conversations of Chatwoot read; who wrote last is still being asked for 812 of them/,
  ],
])('the page of those who wait says how far the first count is: %j', (counting, untold, words) => {
  const figures = waitingWith({ known: false, waiting: null, untold });
  const check = { ...figures.check, counting };
  const { textContent } = documentOf(<WaitingTiles figures={{ ...figures, check }} />).body;
  expect(textContent).toMatch(words);
  expect(textContent).not.toMatch(/\b0 conversations/);
});
