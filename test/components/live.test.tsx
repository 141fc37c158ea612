// @vitest-environment jsdom
import '../support/dom.ts';
import { screen, waitFor } from '@testing-library/react';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LIMITS, useLive } from '../../app/components/layout/live.ts';
import { TestEventSource } from '../support/event-source.ts';
import { renderPage } from '../support/render-page.tsx';

vi.stubGlobal('EventSource', TestEventSource);

const QUICK = { ...LIMITS, stale: 600, broken: 300, reopen: 50, look: 20 };
let server: Server;
let url: string;
let streams: ServerResponse[];
let reads: number[];
let states: string[];

beforeEach(async () => {
  streams = [];
  reads = [];
  states = [];
  server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Access-Control-Allow-Origin': '*' });
    response.write('retry: 20\n\nevent: beat\ndata: {}\n\n');
    streams.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const send = (event: string) => streams.at(-1)!.write(`event: ${event}\ndata: {}\n\n`);

function Probe({ limits }: { limits: typeof LIMITS }) {
  const { state: shown } = useLive(url, limits);
  states.push(shown);
  return <output>{shown}</output>;
}

function open(limits = QUICK, answer: () => Promise<null> | null = () => null) {
  renderPage(<Probe limits={limits} />, {
    loader: () => {
      reads.push(Date.now());
      return answer();
    },
  });
}
const state = (expected: string) =>
  waitFor(() => expect(screen.getByText(expected)).toBeTruthy(), { timeout: 5000 });

test('is live once the stream is open, and reads nothing without a change', async () => {
  open();
  expect(screen.getByText('connecting')).toBeTruthy();
  await state('live');
  send('beat');
  expect(reads).toEqual([]);
});

test('a change is read; a burst of changes is read once at first and once at the end', async () => {
  open({ ...QUICK, stale: 60_000, betweenReads: 300 });
  await state('live');
  for (let n = 0; n < 20; n++) send('change');
  await waitFor(() => expect(reads.length).toBeGreaterThan(0));
  for (let n = 0; n < 20; n++) send('change');
  await waitFor(() => expect(reads.length).toBe(2));
  expect(reads[1]! - reads[0]!).toBeGreaterThanOrEqual(250);
});

test('an alarm is read at once, however little time has passed since the last reading', async () => {
  open({ ...QUICK, stale: 60_000, betweenReads: 600_000 });
  await state('live');
  send('change');
  send('alarm');
  await waitFor(() => expect(reads).toHaveLength(1));
  send('alarm');
  await waitFor(() => expect(reads).toHaveLength(2));
});

test('silence makes it stale; the next sign makes it live again and reads what was missed', async () => {
  open();
  await state('live');
  await state('silent');
  expect(reads).toEqual([]);
  send('beat');
  await state('live');
  await waitFor(() => expect(reads.length).toBe(1));
});

test('a broken stream is opened again by itself, and what was missed is read', async () => {
  open({ ...QUICK, stale: 60_000 });
  await state('live');
  streams[0]!.destroy();
  await waitFor(() => expect(streams.length).toBeGreaterThan(1), { timeout: 5000 });
  await waitFor(() => expect(reads.length).toBeGreaterThan(0), { timeout: 5000 });
  await state('live');
});

test('a reading that hangs is told, although the stream still beats, until it is answered', async () => {
  let answer = () => {};
  const hanging = new Promise<null>((resolve) => (answer = () => resolve(null)));
  open({ ...QUICK, stale: 60_000, betweenReads: 0, unread: 200 }, () => hanging);
  await state('live');
  send('change');
  await state('unread');
  const shown = states.length;
  send('beat');
  await waitFor(() => expect(states.length).toBeGreaterThan(shown + 5));
  expect(states.slice(shown)).not.toContain('live');
  answer();
  await state('live');
});
