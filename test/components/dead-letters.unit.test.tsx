// @vitest-environment jsdom
import '../support/dom.ts';
import { fireEvent, screen, within } from '@testing-library/react';
import { useState } from 'react';
import { expect, test } from 'vitest';
import type {
  DeadLetterItem,
  DeadLetterListing,
} from '../../app/components/dead-letters/dead-letter-list.ts';
import { causeWords, eventWords } from '../../app/components/dead-letters/delivery-words.ts';
import { DeadLetters } from '../../app/components/dead-letters/dead-letters-section.tsx';
import { causeName } from '../../app/components/incidents/incident-words.ts';
import { probeName } from '../../app/components/settings/health/health-words.ts';
import { ago, documentOf, renderPage } from '../support/render-page.tsx';

const row = (id: number, change: Partial<DeadLetterItem> = {}): DeadLetterItem => ({
  id,
  seq: id,
  event: 'message_created',
  conversation: String(400 + id),
  customer: `2:${id}`,
  customerName: `Customer no. ${id}`,
  lastError: 'HTTP 503',
  errorClass: 'http_5xx',
  status: 503,
  cause: 'http_5xx|503|message_created',
  attempts: 6,
  attemptsTotal: 6,
  receivedAt: ago(600),
  deadAt: ago(240),
  state: 'dead',
  replayId: null,
  fromMachine: false,
  answeredSince: false,
  resolvedSince: false,
  newerDelivered: false,
  discardedBy: null,
  discardReason: null,
  ...change,
});

const list = (change: Partial<DeadLetterListing> = {}): DeadLetterListing => ({
  state: 'open',
  sort: 'newest',
  rows: [row(3), row(2, { replayId: 9 }), row(1)],
  total: 137,
  totalIsMinimum: false,
  page: 1,
  pageSize: 20,
  open: 137,
  clusters: [
    {
      cause: 'http_5xx|503|message_created',
      errorClass: 'http_5xx',
      status: 503,
      event: 'message_created',
      count: 137,
      conversations: 98,
      oldestAt: ago(600),
      newestAt: ago(240),
    },
  ],
  filterProblem: null,
  ...change,
});

const page = (change: Partial<DeadLetterListing> = {}) => <DeadLetters list={list(change)} replays={[]} />;

test('without JavaScript: ticked rows and pressed buttons are fields of one plain form', () => {
  const document = documentOf(page(), { url: '/delivery?event=message_created' });
  const boxes = [...document.querySelectorAll<HTMLInputElement>('tbody input[type=checkbox]')];
  expect(boxes.map((box) => [box.name, box.value, box.getAttribute('form')])).toEqual([
    ['id', '3', 'bulk'],
    ['id', '1', 'bulk'],
  ]);
  const form = document.querySelector<HTMLFormElement>('form#bulk')!;
  expect(form.method).toBe('get');
  const buttons = [...form.querySelectorAll('button')];
  expect(
    buttons.map((button) => [button.name, button.value, button.getAttribute('formaction'), button.disabled]),
  ).toEqual([
    ['scope', 'selected', null, false],
    ['scope', 'selected', '/dead-letters/discard', false],
  ]);
});

test('without JavaScript: a row is replayed by a form of its own that comes back here', () => {
  const document = documentOf(page(), { url: '/delivery?page=2' });
  const buttons = [
    ...document.querySelectorAll<HTMLButtonElement>('button[aria-label^="Replay dead letter"]'),
  ];
  const fields = buttons.map((button) => Object.fromEntries(new FormData(button.form!)));
  expect(fields).toEqual([
    { returnTo: '/delivery?page=2', scope: 'selected', id: '3' },
    { returnTo: '/delivery?page=2', scope: 'selected', id: '1' },
  ]);
  expect(buttons[0]!.form!.getAttribute('action')).toBe('/api/dead-letters/replay');
  expect(document.body.textContent).toContain('In replay 9');
});

test('all that match, also on other pages, by one link with the filter', () => {
  renderPage(page(), { url: '/delivery?event=message_created&text=Mara&page=2' });
  const link = screen.getByRole('link', { name: 'Replay all 137 that match…' });
  expect(link.getAttribute('href')).toBe(
    '/dead-letters/replay?scope=matching&event=message_created&text=Mara',
  );
});

test('without a filter "all" is all', () => {
  renderPage(page());
  expect(screen.getByRole('link', { name: 'Replay all 137…' }).getAttribute('href')).toBe(
    '/dead-letters/replay?scope=all',
  );
});

test('selecting the page leaves out what a replay has already', () => {
  renderPage(page());
  const replay = screen.getByRole('button', { name: 'Replay selected…' });
  expect(replay.hasAttribute('disabled')).toBe(true);
  fireEvent.click(screen.getByRole('checkbox', { name: 'Select this page' }));
  expect(screen.getByRole('checkbox', { name: '2 selected' })).toBeTruthy();
  expect(replay.hasAttribute('disabled')).toBe(false);
  fireEvent.click(screen.getByRole('checkbox', { name: 'Select dead letter 3' }));
  expect(screen.getByRole<HTMLInputElement>('checkbox', { name: '1 selected' }).indeterminate).toBe(true);
});

test('what a replay claimed meanwhile, or what left the list, is not selected any more', () => {
  function Changing() {
    const [rows, setRows] = useState([row(3), row(2), row(1)]);
    return (
      <>
        {page({ rows })}
        <button onClick={() => setRows([row(4), row(3, { replayId: 12 }), row(1)])}>Time passes</button>
      </>
    );
  }
  renderPage(<Changing />);
  fireEvent.click(screen.getByRole('checkbox', { name: 'Select this page' }));
  expect(screen.getByRole('checkbox', { name: '3 selected' })).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Time passes' }));
  expect(screen.getByRole('checkbox', { name: '1 selected' })).toBeTruthy();
  expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'Select dead letter 1' }).checked).toBe(true);
  expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'Select dead letter 4' }).checked).toBe(
    false,
  );
});

test('with a hand on the page no row moves, and what is not shown is not selected with the page', () => {
  function Changing() {
    const [rows, setRows] = useState([row(3), row(2), row(1)]);
    return (
      <>
        {page({ rows, total: rows.length })}
        <button onClick={() => setRows([row(5), row(4), row(3), row(1)])}>Time passes</button>
      </>
    );
  }
  renderPage(<Changing />);
  const shown = () =>
    screen
      .getAllByRole('row')
      .flatMap((line) => line.id || [])
      .map((id) => Number(id.slice(3)));
  fireEvent.keyDown(window, { key: 'Shift' });
  fireEvent.click(screen.getByRole('button', { name: 'Time passes' }));
  expect(shown()).toEqual([3, 2, 1]);
  expect(screen.queryByRole('button', { name: 'Replay dead letter 2' })).toBeNull();
  expect(screen.getByText('No longer on this page')).toBeTruthy();
  fireEvent.click(screen.getByRole('checkbox', { name: 'Select this page' }));
  expect(screen.getByRole('checkbox', { name: '2 selected' })).toBeTruthy();
  const update = screen.getByRole('button', { name: '2 more, 1 gone: update the list' });
  update.focus();
  fireEvent.click(update);
  expect(shown()).toEqual([5, 4, 3, 1]);
  // The button is gone: whoever pressed it by keyboard is in the list.
  expect(update.isConnected).toBe(false);
  expect(document.activeElement!.contains(screen.getAllByRole('row')[1]!)).toBe(true);
  expect(document.activeElement).not.toBe(document.body);
});

test('a cluster shows only its own by one click, and all again by another', () => {
  const view = renderPage(page(), { url: '/delivery?range=24h&page=3' });
  const cluster = () => screen.getByRole('link', { name: /^137/ });
  expect(cluster().textContent).toContain('The Agent service failed (503)');
  fireEvent.click(cluster());
  expect(view.path()).toBe('/delivery?range=24h&cause=http_5xx%7C503%7Cmessage_created#dead-letters');
  expect(cluster().getAttribute('aria-current')).toBe('true');
  fireEvent.click(cluster());
  expect(view.path()).toBe('/delivery?range=24h#dead-letters');
});

test('a choice in the filter acts at once and leaves the empty fields out of the URL', () => {
  const view = renderPage(page(), { url: '/delivery?range=7d&page=4' });
  fireEvent.change(screen.getByLabelText('Event'), { target: { value: 'message_created' } });
  expect(view.path()).toBe('/delivery?range=7d&event=message_created#dead-letters');
});

test('pages', () => {
  renderPage(page({ page: 2 }), { url: '/delivery?page=2&sort=oldest' });
  const pages = within(screen.getByRole('navigation', { name: 'Pages of dead letters' }));
  expect(pages.getByText(/21 to 40 of 137/)).toBeTruthy();
  expect(pages.getByRole('link', { name: 'Previous' }).getAttribute('href')).toBe(
    '/delivery?sort=oldest#dead-letters',
  );
  expect(pages.getByRole('link', { name: 'Next' }).getAttribute('href')).toBe(
    '/delivery?page=3&sort=oldest#dead-letters',
  );
});

test('a customer’s name is shown as text, whatever it contains', () => {
  renderPage(page({ rows: [row(5, { customerName: '<img src=x onerror=alert(1)>' })] }));
  expect(screen.getByText('<img src=x onerror=alert(1)>')).toBeTruthy();
  expect(document.querySelector('td img')).toBeNull();
});

test('discarded ones: by whom, why, and the way back', () => {
  const rows = [row(8, { state: 'discarded', discardedBy: 'Ada', discardReason: 'spam' })];
  renderPage(page({ state: 'discarded', rows, total: 1 }), { url: '/delivery?state=discarded' });
  expect(screen.getByText('by Ada')).toBeTruthy();
  expect(screen.getByText('spam')).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Restore…' }).getAttribute('href')).toBe('/dead-letters/8#restore');
  expect(document.querySelector('tbody input')).toBeNull();
});

test('replayed ones say what became of them', () => {
  const rows = [row(8, { state: 'delivered' }), row(7, { state: 'dead' })];
  renderPage(page({ state: 'replayed', rows, total: 2 }), { url: '/delivery?state=replayed' });
  expect(screen.getByText('Delivered')).toBeTruthy();
  expect(screen.getByText('Failed again')).toBeTruthy();
});

test.each([
  [{}, '/', 'No dead letters: nothing waits for a decision.'],
  [{ open: 12 }, '/delivery?text=nobody', 'None matches this filter (12 dead letters in all).'],
  [{ page: 9 }, '/delivery?page=9', 'There is nothing on page 9.'],
])('an empty list says why: %o', (change, url, sentence) => {
  renderPage(page({ rows: [], total: 0, open: 0, clusters: [], ...change }), { url });
  expect(screen.getByText(sentence, { exact: false })).toBeTruthy();
});

test('people are shown only what their role lets them do', () => {
  const buttons = (role: 'viewer' | 'responder') =>
    [...documentOf(page(), { role }).querySelectorAll('button, a')].map((element) => element.textContent);
  expect(
    buttons('viewer').filter((text) => /Replay all|Replay selected|Discard (all|selected)/.test(text)),
  ).toEqual([]);
  expect(buttons('responder').some((text) => text.startsWith('Replay'))).toBe(true);
  expect(buttons('responder').filter((text) => /Discard (all|selected)/.test(text))).toEqual([]);
});

test('a name written from right to left turns nothing around it, and what acts in a name is spelled out', () => {
  renderPage(
    page({ rows: [row(5, { customerName: 'مریم می‌خواهم' }), row(6, { customerName: 'Mara\u202egnp' })] }),
  );
  expect(screen.getByText('مریم می‌خواهم').tagName).toBe('BDI');
  expect(screen.getByText('Mara\\u202egnp').tagName).toBe('BDI');
});

test.each(['__proto__', 'constructor', 'toString'])(
  'what somebody calls “%s” is shown as that, and is no property that every object has',
  (name) => {
    const plain = name.replaceAll('_', ' ');
    expect([eventWords(name), causeWords(name, null), causeName(name), probeName(name)]).toEqual([
      ...[plain, plain, name, name],
    ]);
  },
);
