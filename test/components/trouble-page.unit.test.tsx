// @vitest-environment jsdom
import '../support/dom.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { render, screen } from '@testing-library/react';
// The router that @remix-run/react is made of, at the version that it pins.
import { createMemoryRouter, RouterProvider } from 'react-router-dom';
import { afterEach, expect, test, vi } from 'vitest';
import { AppFrame } from '../../app/components/layout/shell.tsx';
import { AcknowledgeTrouble, NOTHING_DONE } from '../../app/components/incidents/acknowledge-page.tsx';
import { TroublePage } from '../../app/components/layout/trouble-page.tsx';
import { renderPage } from '../support/render-page.tsx';
import { until } from '../support/until.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A page whose data cannot be read until `mend` is called, while the app itself answers. */
function open(retry: boolean) {
  let broken = true;
  let reads = 0;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('ok')));
  const page = {
    id: 'page',
    path: '/',
    element: <p>The incident</p>,
    errorElement: <TroublePage title="It cannot be read now" sentence="Wait." retry={retry} />,
    loader: async () => {
      reads++;
      // As over a network: the router shows that it reads.
      await delay(20);
      if (broken) throw new Error('the database does not answer');
      return null;
    },
  };
  const routes = [{ id: 'root', loader: () => ({ person: null }), children: [page] }];
  const router = createMemoryRouter(routes, { initialEntries: ['/'] });
  render(
    <AppFrame>
      <RouterProvider router={router} future={{ v7_startTransition: true }} />
    </AppFrame>,
  );
  return { reads: () => reads, mend: () => (broken = false) };
}

test('a page that could not be read comes back by itself when it can be, without a reload', async () => {
  const { reads, mend } = open(true);
  await screen.findByText('It cannot be read now');
  await vi.advanceTimersByTimeAsync(6000);
  expect(reads()).toBe(1);
  await vi.advanceTimersByTimeAsync(3000);
  await until('it is read again', () => reads() > 1);
  expect(screen.getByText('It cannot be read now')).toBeTruthy();
  mend();
  await until('the page is back', async () => {
    await vi.advanceTimersByTimeAsync(3000);
    return screen.queryByText('The incident');
  });
});

test('a page that nobody waits for is not read again', async () => {
  const { reads } = open(false);
  await screen.findByText('It cannot be read now');
  await vi.advanceTimersByTimeAsync(30_000);
  expect(reads()).toBe(1);
});

test.each([
  ['the database was away before anything was done', { status: 503, data: NOTHING_DONE }, true],
  ['the form was refused', { status: 403, data: '{}' }, true],
  ['the database stopped answering at the end', { status: 503, data: '' }, false],
  ['something failed', new Error('Unexpected Server Error'), false],
])('whether a link acknowledged is said only where it is known: %s', (_what, problem, known) => {
  const error = problem instanceof Error ? problem : { statusText: '', internal: false, ...problem };
  renderPage(<AcknowledgeTrouble error={error} />);
  expect(screen.queryAllByText(/Nothing was acknowledged/)).toHaveLength(known ? 1 : 0);
  expect(screen.queryAllByText(/not known whether the incident was acknowledged/)).toHaveLength(
    known ? 0 : 1,
  );
});
