// @vitest-environment jsdom
import '../support/dom.ts';
import { act, render, screen } from '@testing-library/react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Clock, Time } from '../../app/components/time.tsx';
import { formatMs } from '../../app/lib/time-words.ts';
import { ago, AT } from '../support/render-page.tsx';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse(AT) }));
afterEach(() => void vi.useRealTimers());

const page = (at: string) => (
  <Clock at={AT}>
    <Time at={at} />
  </Clock>
);

test('an age, with the exact UTC time for machines and on hover', () => {
  render(page(ago(250)));
  const time = screen.getByText('4 min ago');
  expect(time.getAttribute('datetime')).toBe(ago(250));
  expect(time.title).toBe('2026-11-23 07:55:50 UTC');
});

test('it grows older by itself', () => {
  render(page(ago(5)));
  expect(screen.getByText('5 s ago')).toBeTruthy();
  act(() => void vi.advanceTimersByTime(3000));
  expect(screen.getByText('8 s ago')).toBeTruthy();
});

test('a browser whose clock is wrong shows the same age', () => {
  vi.setSystemTime(Date.parse(AT) + 3 * 3_600_000);
  render(page(ago(5)));
  act(() => void vi.advanceTimersByTime(2000));
  expect(screen.getByText('7 s ago')).toBeTruthy();
});

test.each([
  [0, 'just now'],
  [-5, 'just now'],
  [1, '1 s ago'],
])('%i s ago reads "%s"', (seconds, text) => {
  render(page(ago(seconds)));
  expect(screen.getByText(text)).toBeTruthy();
});

test('hydration finds what the server rendered, even seconds later', async () => {
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const html = renderToString(page(ago(59)));
  const container = document.createElement('div');
  container.innerHTML = html;
  document.body.append(container);
  vi.setSystemTime(Date.parse(AT) + 4000);
  const root = await act(() => hydrateRoot(container, page(ago(59))));
  expect(complaints).not.toHaveBeenCalled();
  expect(html).toContain('59 s ago');
  act(() => root.unmount());
  container.remove();
});

test.each([
  [8, '8 ms'],
  [999, '999 ms'],
  [2500, '2.5 s'],
  [5000, '5 s'],
  [10_000, '10 s'],
])('%i ms reads "%s"', (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});
