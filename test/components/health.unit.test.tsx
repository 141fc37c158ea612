// @vitest-environment jsdom
import '../support/dom.ts';
import { screen, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { HealthPage } from '../../app/components/settings/health/health-page.tsx';
import { dayText } from '../../app/components/settings/health/health-words.ts';
import { latencyText } from '../../app/components/settings/health/delay-section.tsx';
import { type ComponentHistory, dayLevel } from '../../app/features/health/health-view.ts';
import { ago, AT, documentOf, renderPage } from '../support/render-page.tsx';

// The page listens for changes; none comes here.
vi.stubGlobal(
  'EventSource',
  class extends EventTarget {
    close() {}
  },
);

const day = (ok: number, failed = 0, inconclusive = 0) => ({ day: '2026-11-22', ok, failed, inconclusive });

const component = (changes: Partial<ComponentHistory> = {}): ComponentHistory => ({
  name: 'chatwoot',
  label: 'Chatwoot',
  state: 'up',
  since: ago(7200),
  checkedAt: ago(30),
  stale: false,
  lastOkAt: ago(30),
  firstFailedAt: null,
  failures: 0,
  successes: 12,
  detail: '200 in 84 ms at /health',
  target: 'http://chatwoot.example/health',
  latencyMs: 84,
  days: [day(288), { ...day(285, 3), day: '2026-11-23' }],
  latency: [
    { at: ago(90), ms: 12 },
    { at: ago(60), ms: 84 },
    { at: ago(30), ms: null },
  ],
  probes: [
    {
      probe: 'chatwoot.live',
      at: ago(30),
      outcome: 'ok',
      status: 200,
      errorClass: null,
      detail: null,
      target: '/health',
      latencyMs: 84,
      dnsMs: 1.2,
      tcpMs: 0.4,
      tlsMs: null,
    },
  ],
  ...changes,
});

const page = (components: ComponentHistory[]) => (
  <HealthPage
    at={AT}
    range="24h"
    components={components}
    incidents={{ chatwoot: [{ id: 7, title: 'Chatwoot does not answer', from: ago(90), to: null }] }}
  />
);

test('a component says how it is in words, its uptime and the days with failures as text', () => {
  renderPage(page([component()]), { url: '/health' });
  const card = screen.getByRole('region', { name: 'Chatwoot' });
  expect(card.textContent).toMatch(/UpIt answers\. Up for 2 h\. Last checked 30 s ago/);
  expect(card.textContent).toMatch(/Checks failed on 1 of 2 days since 2026-11-22\./);
  expect(within(card).getByText('2026-11-23: 3 of 288 checks failed', { selector: 'li' })).toBeTruthy();
  expect(card.textContent).toMatch(/Shaded: incident 7, 2026-11-23 07:58:30 UTC until now/);
});

test('what nobody has checked lately is unknown, never up', () => {
  renderPage(page([component({ stale: true, state: 'up' })]), { url: '/health' });
  const card = screen.getByRole('region', { name: 'Chatwoot' });
  expect(card.textContent).toMatch(/Not checked lately/);
  expect(card.textContent).not.toMatch(/Up for/);
});

test('a failing one says since when and when it last answered', () => {
  renderPage(page([component({ state: 'down', failures: 4, firstFailedAt: ago(150), lastOkAt: ago(200) })]));
  expect(screen.getByRole('region', { name: 'Chatwoot' }).textContent).toMatch(
    /4 failed in a row, the first 2 min ago; last answered 3 min ago/,
  );
});

test('what a check found is a sentence; what exactly was answered is behind Details', () => {
  const probe = {
    ...component().probes[0]!,
    outcome: 'failed' as const,
    errorClass: 'http_5xx',
    status: 503,
  };
  const detail = '503 in 4 ms at /api/v1/profile';
  renderPage(page([component({ state: 'down', detail, probes: [{ ...probe, detail }] })]));
  const card = screen.getByRole('region', { name: 'Chatwoot' });
  const inView = card.cloneNode(true) as HTMLElement;
  for (const folded of inView.querySelectorAll('details')) folded.remove();
  expect(inView.textContent).not.toMatch(/503|\/api/);
  expect(inView.textContent).toMatch(/DownIt answers with an error\./);
  expect(within(card).getAllByText(/503 in 4 ms/)).toHaveLength(2);
});

test('what is healthy is folded, what is not is in view; one measurement is words and no chart', () => {
  const { unmount } = renderPage(
    page([component(), component({ name: 'agent', label: 'Agent', state: 'down' })]),
  );
  const folded = (label: string) =>
    within(screen.getByRole('region', { name: label }))
      .getByText('Time to answer')
      .closest('details');
  expect(folded('Chatwoot')!.open).toBe(false);
  expect(folded('Agent')).toBeNull();
  unmount();
  renderPage(page([component({ latency: [{ at: ago(60), ms: 84 }] })]));
  const card = screen.getByRole('region', { name: 'Chatwoot' });
  expect(card.querySelector('figure.oc-chart')).toBeNull();
  expect(card.textContent).toContain('Chatwoot answered within 84 ms.');
});

test('stages that were not measured are no zero', () => {
  renderPage(page([component()]));
  const row = screen.getAllByRole('row')[1]!;
  expect([...row.querySelectorAll('td')].slice(2, 6).map((cell) => cell.textContent)).toEqual([
    '1 ms',
    'under 1 ms',
    '–',
    '84 ms',
  ]);
});

test('without JavaScript the chart is a sentence, and a check can be asked for by those who may', () => {
  const document = documentOf(page([component()]), { url: '/health', role: 'responder' });
  expect(document.querySelector('figure noscript')!.textContent).toMatch(/Chatwoot answered within/);
  expect(document.querySelector('form[action="/api/health/check"] button')!.textContent).toBe('Check now');
  expect(
    documentOf(page([]), { role: 'viewer' }).querySelector('form[action="/api/health/check"]'),
  ).toBeNull();
});

test.each([
  [day(0), '-', '2026-11-22: not checked'],
  [day(0, 0, 4), '-', '2026-11-22: not checked, 4 inconclusive'],
  [day(288), 'g', '2026-11-22: 288 checks, all answered'],
  [day(287, 1), 's', '2026-11-22: 1 of 288 checks failed'],
  [day(9, 1), 'b', '2026-11-22: 1 of 10 checks failed'],
])('a day in a colour and in words: %o', (of, level, text) => {
  expect(dayLevel(of)).toBe(level);
  expect(dayText(of)).toBe(text);
});

test.each([
  [[12, 84], 'Chatwoot answered within 12 ms to 84 ms.'],
  [[12, null], 'Chatwoot answered within 12 ms, and failed in part of this time.'],
  [[null], 'Chatwoot did not answer in this time.'],
])('latency in words: %o', (values, text) => {
  expect(
    latencyText(
      'Chatwoot',
      values.map((ms) => ({ at: AT, ms })),
    ),
  ).toBe(text);
});
