// @vitest-environment jsdom
import '../support/dom.ts';
import { screen, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { AppShell } from '../../app/components/layout/shell.tsx';
import type { Shell } from '../../app/features/overview/shell/shell-view.ts';
import { TestEventSource } from '../support/event-source.ts';
import { ago, AT, documentOf, renderPage } from '../support/render-page.tsx';

vi.stubGlobal('EventSource', TestEventSource);

const CALM: Shell = {
  at: AT,
  tone: 'good',
  word: 'All good',
  since: null,
  incident: null,
  nextStep: { sentence: 'Nothing to do.' },
  counts: { now: 0, incidents: 0, waiting: 0, tickets: null, recovery: 0 },
  counting: null,
};
const OUTAGE: Shell = {
  ...CALM,
  tone: 'critical',
  word: 'Outage',
  since: ago(720),
  incident: {
    id: 7,
    title: 'Chatwoot does not answer',
    since: ago(720),
    part: null,
    takenBy: null,
    recovered: false,
    drill: false,
    nextCall: { role: 'CEO', dueAt: ago(-134) },
  },
  nextStep: {
    sentence: 'Take it.',
    form: {
      action: '/api/incidents/7/acknowledge',
      label: 'Take it',
      fields: {},
      needs: 'incidents.respond',
    },
  },
  counts: { now: 2, incidents: 1, waiting: 1037, tickets: 1, recovery: 0 },
};

const shown = (shell: Shell | null = CALM, options: Parameters<typeof renderPage>[1] = {}) =>
  renderPage(
    <AppShell>
      <main id="main">Page</main>
    </AppShell>,
    { ...options, shell },
  );
const links = () =>
  within(screen.getByRole('navigation', { name: 'Pages' }))
    .getAllByRole('link')
    .map((link) => link.textContent);
const strip = () => screen.getByRole('region', { name: 'Status' });

test('five places and the settings; what is set up stands open only there, by role', () => {
  const { unmount } = shown();
  expect(links()).toEqual([
    'Now',
    'Incidents',
    'Waiting',
    'Tickets',
    'Recovery',
    'Settings',
    'Search Ctrl K',
  ]);
  unmount();
  const admin = shown(CALM, { role: 'admin', url: '/settings' });
  expect(links().slice(6)).toEqual([
    'Deliveries',
    'Fallback',
    'Health',
    'Alert rules',
    'Contacts',
    'Status page',
    'Drill',
    'People',
    'API',
    'Audit log',
    'Account',
    'Search Ctrl K',
  ]);
  admin.unmount();
  shown(CALM, { role: 'viewer', url: '/health' });
  expect(links()).toContain('Drill');
  expect(links()).not.toContain('People');
  expect(links()).not.toContain('Audit log');
});

test.each([
  ['/', 'Now'],
  ['/incidents', 'Incidents'],
  ['/incidents/7?tab=guide', 'Incidents'],
  ['/waiting/assign', 'Waiting'],
  ['/health', 'Health'],
  ['/settings', 'Settings'],
])('at %s the current place is %s, and no other', (url, place) => {
  shown(CALM, { url });
  const current = within(screen.getByRole('navigation', { name: 'Pages' }))
    .getAllByRole('link')
    .filter((link) => link.getAttribute('aria-current'));
  expect(current.map((link) => link.textContent)).toEqual([place]);
});

test('each place says how much there is in it, in words for who hears it; nothing for none and for unknown', () => {
  shown(OUTAGE);
  expect(links()).toEqual([
    'Now, 2 warnings',
    'Incidents, 1 open incident',
    'Waiting, 1,037 customers wait',
    'Tickets, 1 ticket without an answer',
    'Recovery',
    'Settings',
    'Search Ctrl K',
  ]);
});

test.each([
  [{ counted: 1250, total: 5000 }, '1.3K/5K', 'being counted, 1,250 of 5,000 conversations read'],
  [{ counted: 7, total: 12 }, '7/12', 'being counted, 7 of 12 conversations read'],
  [{ counted: 0, total: null }, '…', 'being counted'],
])(
  'while customers who wait are counted for the first time the place says how far: %j',
  (of, shown_, words) => {
    shown({ ...CALM, counts: { ...CALM.counts, waiting: null }, counting: { ...of, step: 'lists' } });
    expect(links()).toContain(`Waiting${shown_}, ${words}`);
    expect(screen.getByTitle(words)).toBeTruthy();
  },
);

test('the strip says state, clock, incident, who is on it and who is told next, with the button of the next step', () => {
  shown(OUTAGE, { url: '/contacts' });
  expect(strip().textContent).toMatch(
    /■ Outage.*for 12 min.*Chatwoot does not answer.*Nobody is on it; CEO is told in 2:14/,
  );
  expect(within(strip()).getByRole('button', { name: 'Take it' })).toBeTruthy();
  expect(document.title).toMatch(/^■ Outage/);
});

test('who took it is named, and nobody is missed once it works again', () => {
  const incident = { ...OUTAGE.incident!, takenBy: 'Ada' };
  const { unmount } = shown({ ...OUTAGE, incident });
  expect(strip().textContent).toContain('Ada is on it');
  unmount();
  shown({ ...OUTAGE, incident: { ...OUTAGE.incident!, recovered: true } });
  expect(strip().textContent).not.toMatch(/on it/);
});

test('after a relapse the clock is that of its last part, and after a recovery that of the recovery', () => {
  const incident = { ...OUTAGE.incident!, since: ago(120), part: 'third part of incident 7' };
  const { unmount } = shown({ ...OUTAGE, since: ago(120), incident });
  expect(strip().textContent).toMatch(/Outage.*for 2 min.*does not answer, third part of incident 7/);
  unmount();
  const recovered = {
    ...OUTAGE,
    word: 'Recovered',
    since: ago(60),
    incident: { ...incident, recovered: true },
  };
  const after = shown(recovered);
  expect(strip().textContent).toMatch(/Recovered.*for 1 min/);
  expect(strip().textContent?.match(/for /g) ?? []).toHaveLength(1);
  after.unmount();
  // What is said first is something else: then the incident bears its own clock.
  shown({ ...OUTAGE, word: 'Spool in use', since: ago(60), incident });
  expect(strip().textContent).toMatch(/Spool in use.*for 1 min.*does not answer.*for 2 min/);
});

test('a viewer is spared the button', () => {
  shown(OUTAGE, { role: 'viewer' });
  expect(within(strip()).queryByRole('button')).toBeNull();
});

test.each([
  ['/fallback', '/fallback', false],
  ['/waiting', '/fallback', true],
  ['/delivery?range=1h', '/delivery?range=1h', false],
  ['/delivery?range=1h', '/delivery', false],
  ['/delivery', '/delivery?range=1h', true],
  // A place of the page is somewhere else.
  ['/health', '/health#proof', true],
])('at %s the strip offers %s: %s', (url, to, offered) => {
  shown({ ...CALM, nextStep: { sentence: 'Go on.', link: { to, label: 'Open it' } } }, { url });
  expect(within(strip()).queryAllByText('Open it')).toHaveLength(offered ? 1 : 0);
});

test('what could not be read is unknown, not calm', () => {
  shown(null);
  expect(strip().textContent).toMatch(/Unknown.*could not be read/);
  expect(strip().className).toContain('oc-band-unknown');
});

test('without JavaScript all of it are plain links and a plain form', () => {
  const page = documentOf(
    <AppShell>
      <main id="main">Page</main>
    </AppShell>,
    { shell: OUTAGE },
  );
  expect([...page.querySelectorAll('.oc-places a')].map((a) => a.getAttribute('href'))).toEqual([
    '/',
    '/incidents',
    '/waiting',
    '/tickets',
    '/recovery',
    '/settings',
    '/search',
  ]);
  const form = page.querySelector('.oc-strip form')!;
  expect(form.getAttribute('action')).toBe('/api/incidents/7/acknowledge');
  expect(form.querySelector('button')!.type).toBe('submit');
});
