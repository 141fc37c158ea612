// @vitest-environment jsdom
import '../support/dom.ts';
import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Ledger } from '../../app/components/overview/ledger.tsx';
import { ago, renderPage } from '../support/render-page.tsx';

const LEDGER = {
  received: 12_481,
  delivered: 12_300,
  pending: 4,
  held: 138,
  withheld: 0,
  dead: 37,
  discarded: 2,
  spooled: 0,
  quarantined: 0,
  reconciled: 0,
  balanced: true,
};
const equation = () => document.querySelector('.oc-equation')!.textContent.replace(/\s+/g, ' ').trim();

test('reads as a sum', () => {
  renderPage(<Ledger ledger={LEDGER} check={{ at: ago(40), balanced: true }} />);
  expect(equation()).toBe(
    '12,481 received=12,300 delivered+4 on their way+138 held+37 dead letters+2 discarded',
  );
  expect(screen.getByText('Balanced')).toBeTruthy();
  expect(document.body.textContent).toContain('Counted row by row 40 s ago: balanced.');
  expect(document.body.textContent).not.toContain('safe in a file');
});

test('webhooks in the spool stand beside the sum, not in it', () => {
  renderPage(<Ledger ledger={{ ...LEDGER, spooled: 3 }} check={null} />);
  expect(document.body.textContent).toContain('+ 3 webhooks acknowledged and safe in a file on disk');
  expect(document.body.textContent).toContain('Not yet counted row by row');
});

test('so do webhooks that were set aside, and they do not go out by themselves', () => {
  renderPage(<Ledger ledger={{ ...LEDGER, quarantined: 1 }} check={null} />);
  expect(document.querySelector('.oc-ledger-off')!.textContent).toBe(
    '+ 1 webhook acknowledged and set aside in a file, which does not go out by itself: the warning says what to do.',
  );
});

test('an unbalanced ledger says so, by how much, and what to do', () => {
  renderPage(
    <Ledger
      ledger={{ ...LEDGER, received: 12_483, balanced: false }}
      check={{ at: ago(3), balanced: false }}
    />,
  );
  expect(screen.getByText('Not balanced')).toBeTruthy();
  expect(screen.queryByText('Balanced')).toBeNull();
  expect(document.body.textContent).toContain('The two sides differ by 2.');
  expect(document.body.textContent).toContain('npm run ops:status');
  expect(document.body.textContent).toContain('not balanced.');
});

test('the title says that nothing is lost only while nothing speaks against it', () => {
  const titleOf = (change: Partial<typeof LEDGER>, check: { at: string; balanced: boolean } | null) => {
    const { unmount } = renderPage(<Ledger ledger={{ ...LEDGER, ...change }} check={check} />);
    const title = screen.getByRole('heading').textContent;
    unmount();
    return title;
  };
  expect(titleOf({}, null)).toBe('Nothing is lost');
  expect(titleOf({}, { at: ago(3), balanced: true })).toBe('Nothing is lost');
  expect(titleOf({}, { at: ago(3), balanced: false })).toBe('Where every webhook is');
  expect(titleOf({ balanced: false }, null)).toBe('Where every webhook is');
  expect(titleOf({ quarantined: 1 }, null)).toBe('Where every webhook is');
});

test('unbalanced although the sum agrees: rows without a partner', () => {
  renderPage(<Ledger ledger={{ ...LEDGER, balanced: false }} check={null} />);
  expect(document.body.textContent).toContain('an event without a delivery');
});
