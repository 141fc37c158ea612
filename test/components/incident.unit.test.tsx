// @vitest-environment jsdom
import '../support/dom.ts';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
// The router that @remix-run/react is made of, at the version that it pins.
import { redirect } from 'react-router-dom';
import { expect, test, vi } from 'vitest';
import { IncidentPage, type IncidentPageProps } from '../../app/components/incidents/incident-page.tsx';
import { IncidentsPage } from '../../app/components/incidents/incidents-page.tsx';
import { Ladder } from '../../app/components/incidents/ladder.tsx';
import { NotificationLog } from '../../app/components/incidents/notification-log.tsx';
import { Timeline } from '../../app/components/incidents/timeline.tsx';
import { AlertWords } from '../../app/components/layout/page.tsx';
import type { IncidentDetail, NotificationLine } from '../../app/features/incidents/incident-view.ts';
import { ago, AT, documentOf, renderPage } from '../support/render-page.tsx';
import { incident, line, rung, step } from './incident-fixtures.ts';

// These pages listen for changes; none comes here.
vi.stubGlobal(
  'EventSource',
  class extends EventTarget {
    close() {}
  },
);

const page = (
  changes: Partial<IncidentDetail> = {},
  others: { id: number; title: string }[] = [],
  recovery: IncidentPageProps['recovery'] = null,
  shown: Partial<Pick<IncidentPageProps, 'tab' | 'wish'>> = {},
) => (
  <IncidentPage
    at={AT}
    incident={incident(changes)}
    others={others}
    recovery={recovery}
    tab={shown.tab ?? 'guide'}
    wish={shown.wish ?? { kind: null, words: '' }}
  />
);
const buttons = () =>
  within(screen.getByRole('main'))
    .queryAllByRole('button')
    .map((button) => button.textContent);

test('an open incident says what, since when, and that nobody is on it; acknowledging is the next step', () => {
  renderPage(page());
  const head = screen.getByRole('region', { name: 'Incident' });
  expect(within(head).getByRole('heading', { level: 1 }).textContent).toBe('Chatwoot does not answer');
  expect(head.textContent).toMatch(/P0 Critical/);
  expect(head.textContent).toMatch(/Nobody is on it for 5 min, since 07:54 UTC/);
  expect(
    within(head)
      .getAllByRole('button')
      .map((b) => b.textContent),
  ).toEqual(['Take it']);
});

test('acknowledge works without JavaScript: a plain form that comes back here', () => {
  const form = [...documentOf(page(), { url: '/incidents/7' }).querySelectorAll('form')].find(
    (f) => f.getAttribute('action') === '/api/incidents/7/acknowledge',
  )!;
  expect(form.method).toBe('post');
  expect(form.querySelector<HTMLInputElement>('[name=returnTo]')!.value).toBe('/incidents/7');
  expect(form.querySelector('button')!.textContent).toBe('Take it');
});

test('once acknowledged, the next open step of the guide is the next step, with its button', () => {
  renderPage(
    page({ status: 'acknowledged', acknowledgedAt: ago(60), acknowledgedBy: 'Nora', assignee: 'Tom' }),
  );
  const head = screen.getByRole('region', { name: 'Incident' });
  expect(head.textContent).toMatch(/Acknowledged by Nora 1 min ago\. Assigned to Tom\./);
  expect(head.textContent).toMatch(/Next step Verify the scope of the outage/);
  expect(within(head).getByRole('button', { name: 'Check: Verify the scope of the outage' })).toBeTruthy();
  expect(buttons()).not.toContain('Take it');
});

test('a viewer sees everything and can do nothing', () => {
  renderPage(page(), { role: 'viewer' });
  expect(screen.getByText(/Your role only reads here/)).toBeTruthy();
  expect(buttons()).toEqual([]);
});

test('resolving what still fires needs a reason; after the recovery it does not', () => {
  const { unmount } = renderPage(page());
  expect(screen.getByLabelText(/although its rule still fires/)).toHaveProperty('required', true);
  expect(buttons()).toContain('Resolve all the same');
  unmount();
  renderPage(page({ stillFiring: false, recoveredAt: ago(20) }));
  expect(screen.queryByLabelText(/although its rule still fires/)).toBeNull();
  expect(buttons()).toContain('Resolve');
  expect(screen.getByRole('region', { name: 'Incident' }).textContent).toMatch(/Recovered, not resolved yet/);
});

test('resolving is locked until the recovery is proved: it names what is open and wants a reason', () => {
  const recovered = { stillFiring: false, recoveredAt: ago(60), status: 'acknowledged' } as const;
  const { unmount } = renderPage(page(recovered, [], { passed: false, open: ['No new dead letters'] }));
  expect(buttons()).toContain('Resolve all the same');
  expect(screen.getByText(/Locked until its recovery is proved: No new dead letters\./)).toBeTruthy();
  const links = screen.getAllByRole('link', { name: 'Verify the recovery' });
  expect(links.map((link) => link.getAttribute('href'))).toEqual([
    '/incidents/7/recovery',
    '/incidents/7/recovery',
  ]);
  expect(
    screen.getByRole<HTMLInputElement>('textbox', {
      name: 'Reason to resolve it before its recovery is proved',
    }).required,
  ).toBe(true);
  unmount();
  renderPage(page(recovered, [], { passed: true, open: [] }));
  expect(buttons()).toContain('Resolve');
  expect(screen.queryByRole('textbox', { name: /Reason to resolve/ })).toBeNull();
});

test('resolved: what is left is to reopen it; merged: only to read on', () => {
  const { unmount } = renderPage(page({ status: 'resolved', resolvedAt: ago(60), resolvedBy: 'Nora' }));
  expect(screen.getByRole('region', { name: 'Incident' }).textContent).toMatch(/Resolved by Nora 1 min ago/);
  expect(buttons()).toEqual(['Reopen']);
  unmount();
  renderPage(page({ status: 'merged', mergedInto: 3 }));
  expect(screen.getByRole('link', { name: 'incident 3' }).getAttribute('href')).toBe('/incidents/3');
  expect(buttons()).toEqual([]);
});

test.each([
  ['merged', { goesOn: true, nextAt: null }, 'Publish its end'],
  ['resolved', { goesOn: true, nextAt: null }, 'Publish its end'],
  ['resolved', { goesOn: false, nextAt: null }, 'Look back for customers'],
  ['resolved', null, 'Publish an update for customers'],
  ['merged', { goesOn: false, nextAt: null }, null],
  ['merged', null, null],
] as const)('what customers still see of a %s incident can be ended: %j', (status, told, link) => {
  const over = page({ status, resolvedAt: ago(60), mergedInto: status === 'merged' ? 3 : null });
  renderPage(<IncidentPage {...over.props} told={told} />);
  const section = screen.queryByRole('region', { name: 'What customers are told' });
  expect(section && within(section).getByRole('link').textContent).toBe(link);
  expect(section?.querySelector('a')?.getAttribute('href') ?? null).toBe(link && '/incidents/7/update');
  expect(/Still public/.test(section?.textContent ?? '')).toBe(told?.goesOn ?? false);
});

test('each form posts its verb and fields', async () => {
  const posts: [string, Record<string, unknown>][] = [];
  renderPage(page({ status: 'acknowledged' }, [{ id: 9, title: 'Webhook intake' }]), {
    url: '/incidents/7',
    action: async ({ request }) => {
      posts.push([new URL(request.url).pathname, Object.fromEntries(await request.formData())]);
      return redirect('/incidents/7');
    },
  });
  fireEvent.change(screen.getByLabelText('Note for the timeline'), { target: { value: 'Redis is full' } });
  for (const name of ['Add the note', 'Merge']) {
    const before = posts.length;
    fireEvent.click(screen.getByRole('button', { name }));
    await waitFor(() => expect(posts.length).toBe(before + 1));
  }
  expect(posts).toEqual([
    ['/api/incidents/7/note', { text: 'Redis is full', returnTo: '/incidents/7' }],
    ['/api/incidents/7/merge', { into: '9', returnTo: '/incidents/7' }],
  ]);
});

test('the guide shows phases with their clocks, evidence and who did what', () => {
  const guide = [
    step({ state: 'done', at: ago(100), by: 'Nora', evidence: '503 at 05:12:07' }),
    step({ key: 'status_page', title: 'Check the status page', how: 'person' }),
    step({ key: 'logs', phase: 'Investigation', phaseMinutes: 15, title: 'Check logs', text: 'docker logs' }),
  ];
  renderPage(page({ status: 'acknowledged', guide, nextGuideStep: guide[1]! }));
  const immediate = screen.getByRole('region', { name: 'Immediate response' });
  expect(immediate.textContent).toMatch(/within 5 min: late by 50 s/);
  expect(immediate.textContent).toMatch(/503 at 05:12:07.*Done by Nora 1 min ago/);
  expect(within(immediate).getByRole('button', { name: 'Done: Check the status page' })).toBeTruthy();
  const investigation = screen.getByRole('region', { name: 'Investigation' });
  expect(investigation.textContent).toMatch(/within 15 min: 9:10 left/);
  const current = screen.getAllByRole('listitem').filter((li) => li.getAttribute('aria-current') === 'step');
  expect(current.map((li) => li.querySelector('b')!.textContent)).toEqual(['Check the status page']);
});

test('once it has recovered the next step is to verify that, acknowledged or not, and nothing is late any more', () => {
  const guide = [
    step(),
    step({ key: 'report', phase: 'Afterwards', phaseMinutes: 1440, title: 'Write it down' }),
  ];
  for (const status of ['open', 'acknowledged'] as const) {
    const { unmount } = renderPage(page({ status, guide, nextGuideStep: guide[0]!, recoveredAt: ago(10) }));
    expect(screen.getByRole('link', { name: 'Verify the recovery' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Take it' })).toBeNull();
    expect(screen.getByRole('region', { name: 'Immediate response' }).textContent).not.toMatch(/late/);
    expect(screen.getByRole('region', { name: 'Afterwards' }).textContent).toMatch(/within 24 h: .* left/);
    unmount();
  }
});

test('the ladder says who is told in how long and why, and marks the step that is next', () => {
  renderPage(
    <Ladder
      ladder={[
        rung({ stepId: 1, role: 'Support Lead', state: 'told', toldAt: ago(100), afterMinutes: 0 }),
        rung({ stepId: 2 }),
        rung({ stepId: 3, role: 'Infrastructure', state: 'gap', contacts: [] }),
      ]}
    />,
  );
  expect(screen.getByText(/is told/).textContent).toBe(
    'CEO is told in 4:10 because of “Chatwoot down: manager and CEO after 10 min”.',
  );
  const rows = screen.getAllByRole('row').slice(1);
  expect(rows.map((row) => row.getAttribute('aria-current'))).toEqual([null, 'step', null]);
  expect(rows[0]!.textContent).toMatch(/Told/);
  expect(rows[2]!.textContent).toMatch(/Nobody to reach for this role: add an address/);
});

test('checks and messages fold; what people, rules and the ladder did stands between', () => {
  renderPage(
    <Timeline
      lines={[
        line({ id: '1', count: 4 }),
        line({ id: '2', source: 'notification', text: 'Slack told' }),
        line({ id: '3', source: 'notification', text: 'CEO told' }),
        line({ id: '4', source: 'alert', text: 'Rule fired' }),
        line({ id: '5', source: 'person', actor: 'Nora', text: 'Redis is full' }),
        line({ id: '6', text: 'answers again' }),
      ]}
    />,
  );
  const [fold, alert, note, single] = [...document.querySelectorAll('.oc-timeline')[0]!.children];
  expect(fold!.querySelector('summary')!.textContent).toMatch(/4 health checks, 2 messages$/);
  expect(fold!.querySelectorAll('li')).toHaveLength(3);
  expect(alert!.textContent).toMatch(/Rule fired/);
  expect(note!.textContent).toMatch(/Nora: Redis is full/);
  expect(single!.querySelector('details')).toBeNull();
  expect(note!.querySelector('time')!.title).toBe('2026-11-23 07:54:10 UTC');
});

const tabs = () =>
  within(screen.getByRole('navigation', { name: 'Incident 7' }))
    .getAllByRole('link')
    .map((link) => [link.textContent, link.getAttribute('href'), link.getAttribute('aria-current')]);

test('an incident has four parts, each with an address; the note is in reach from every one that is its own', () => {
  const shows = { guide: '#guide', timeline: '#timeline', told: '#notifications' } as const;
  for (const tab of ['guide', 'timeline', 'told'] as const) {
    const { unmount } = renderPage(page({}, [], null, { tab }));
    const current = (own: string) => (own === tab ? 'page' : null);
    expect(tabs()).toEqual([
      ['Guide', '/incidents/7', current('guide')],
      ['Timeline', '/incidents/7?tab=timeline', current('timeline')],
      ['Told', '/incidents/7?tab=told', current('told')],
      ['Report', '/incidents/7/report', null],
    ]);
    const sections = Object.values(shows).filter((id) => document.querySelector(id));
    expect(sections).toEqual([shows[tab]]);
    expect(screen.getByLabelText('Note for the timeline')).toHaveProperty('required', true);
    unmount();
  }
});

test('the timeline is filtered by who wrote a line and by words, with how many there are of each', () => {
  const timeline = [
    line({ id: '1', text: 'Chatwoot answered 503' }),
    line({ id: '2', source: 'alert', text: 'Rule fired' }),
    line({ id: '3', source: 'person', actor: 'Nora', text: 'Redis is full' }),
    line({ id: '4', source: 'person', actor: 'Tom', text: 'Called the host' }),
    line({ id: '5', source: 'notification', text: 'Slack told' }),
  ];
  const filters = () =>
    within(screen.getByRole('navigation', { name: 'Lines of the timeline' }))
      .getAllByRole('link')
      .map((link) => `${link.textContent}${link.hasAttribute('aria-current') ? ' *' : ''}`);
  const texts = () => [...document.querySelectorAll('.oc-timeline p')].map((p) => p.textContent);
  const people = page({ timeline }, [], null, { tab: 'timeline', wish: { kind: 'people', words: '' } });
  const { unmount } = renderPage(people);
  expect(filters()).toEqual([
    'All 5',
    'People 2 *',
    'Alerts 1',
    'Health checks 1',
    'Messages sent 1',
    'Deliveries 0',
  ]);
  expect(texts()).toEqual(['Nora: Redis is full', 'Tom: Called the host']);
  unmount();
  renderPage(page({ timeline }, [], null, { tab: 'timeline', wish: { kind: null, words: 'nora REDIS' } }));
  expect(filters()).toContain('All 1 *');
  expect(texts()).toEqual(['Nora: Redis is full']);
  expect(screen.getByLabelText<HTMLInputElement>('Find').value).toBe('nora REDIS');
});

test('of a long timeline the newest lines are in view, and those before are one click away', () => {
  const timeline = Array.from({ length: 100 }, (_, n) =>
    line({ id: String(n), source: 'alert', text: `Line ${n}` }),
  );
  renderPage(page({ timeline }, [], null, { tab: 'timeline' }));
  expect(screen.getByText('Line 59').closest('details')!.open).toBe(false);
  expect(screen.getByText('What was before: 60 lines')).toBeTruthy();
  expect(screen.getByText('Line 60').closest('details')).toBeNull();
});

const message = (changes: Partial<NotificationLine>): NotificationLine => ({
  id: 1,
  incidentId: 7,
  to: 'the team',
  channel: 'Slack',
  kind: 'opened',
  state: 'accepted',
  createdAt: ago(60),
  finishedAt: ago(59),
  attempts: 1,
  answer: '200 ok',
  log: [],
  ...changes,
});
const told = () => [...document.querySelectorAll('.oc-told > li')];

test('messages of one event are one row; those of another incident, or of later, are another', () => {
  renderPage(
    <NotificationLog
      notifications={[
        message({}),
        message({ id: 2, incidentId: 8 }),
        message({ id: 3, channel: 'PagerDuty' }),
        message({ id: 4, channel: 'E-mail', to: 'Ada' }),
        message({ id: 5, kind: 'escalated', channel: 'E-mail', to: 'Ada', createdAt: ago(20) }),
        message({
          id: 6,
          kind: 'escalated',
          channel: 'E-mail',
          to: 'Bo',
          createdAt: ago(5),
          state: 'queued',
        }),
      ]}
    />,
  );
  expect(told().map((row) => row.querySelector('summary')!.textContent)).toEqual([
    'Opened: Slack, PagerDuty, E-mail to Ada 1 min agoAccepted',
    'Opened: Slack 1 min agoAccepted',
    'Escalation: E-mail to Ada 20 s agoAccepted',
    'Escalation: E-mail to Bo 5 s agoOn its way',
  ]);
  expect(told()[0]!.querySelectorAll('.oc-told-messages > li')).toHaveLength(3);
});

test('of the last messages four events are in view, and whatever failed', () => {
  const notifications = Array.from({ length: 7 }, (_, n) =>
    message({ id: n, incidentId: n, state: n === 5 ? 'failed' : 'accepted', createdAt: ago(60 * n) }),
  );
  renderPage(<NotificationLog notifications={notifications} newestFirst />);
  const before = screen.getByText('Before that: 2').closest('details')!;
  expect(before.open).toBe(false);
  expect(told().filter((row) => !before.contains(row))).toHaveLength(5);
});

test('a notification is accepted only when the other side did accept it; what failed is in view', () => {
  const log = [
    { at: ago(60), state: 'queued' as const, answer: null },
    { at: ago(59), state: 'failed' as const, answer: '550 no such user' },
  ];
  const failed = { state: 'failed', attempts: 3, answer: '550 no such user', log } as const;
  renderPage(
    <NotificationLog
      notifications={[
        message({}),
        message({ id: 2, channel: 'E-mail', to: 'CEO', ...failed }),
        message({ id: 3, kind: 'resolved', state: 'simulated', attempts: 0, answer: null }),
      ]}
    />,
  );
  const [opened, resolved] = told();
  expect(opened!.querySelector('summary')!.textContent).toBe(
    'Opened: Slack (accepted), E-mail to CEO (failed) 1 min ago1 message failed',
  );
  expect(opened!.querySelector('details')!.open).toBe(true);
  expect(opened!.textContent).toMatch(/CEO by E-mail: failed.*Tried 3 times\. Answer: 550 no such user/);
  expect([...opened!.querySelectorAll('ol li')].map((entry) => entry.textContent)).toEqual([
    '07:59:00 UTC queued',
    '07:59:01 UTC failed: 550 no such user',
  ]);
  expect(resolved!.querySelector('summary')!.textContent).toMatch(/Only recorded$/);
});

test('the list keeps what goes on apart from what is over; a viewer opens none by hand', () => {
  const past = incident({ id: 3, status: 'resolved', resolvedAt: ago(600), resolvedBy: 'Tom', drill: true });
  const list = (
    <IncidentsPage at={AT} current={[incident()]} past={[past]} page={1} more={false} causes={['chatwoot']} />
  );
  const { unmount } = renderPage(list, { url: '/incidents' });
  expect(screen.getByRole('region', { name: 'Going on' }).textContent).toMatch(/Nobody is on it/);
  expect(screen.getByRole('region', { name: 'Over' }).textContent).toMatch(/Drill.*Resolved.*by Tom/);
  expect(buttons()).toContain('Open the incident');
  unmount();
  renderPage(list, { url: '/incidents', role: 'viewer' });
  expect(buttons()).not.toContain('Open the incident');
});

test.each([
  [
    '2 checks in a row failed since 14:58 UTC (503 in 8 ms at /health); the rule fires at 2.',
    '503 in 8 ms at /health',
  ],
  [
    'Failing since 14:58 UTC (The Agent service refused the connection (ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1)): held.',
    'The Agent service refused the connection (ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1)',
  ],
  [
    'Failing (does not answer (timeout after 10 s; connected after 4 ms)); it fires.',
    'does not answer (timeout after 10 s; connected after 4 ms)',
  ],
  ['12 of 15 succeeded (80 %); the rule fires below 80 %.', null],
])('what was answered to the letter is behind Details: %s', (words, exact) => {
  const { body } = documentOf(<AlertWords words={words} />);
  expect(body.querySelector('details')?.textContent ?? null).toBe(exact && `Details${exact}`);
  expect(body.querySelector('p')!.textContent).toBe(exact ? words.replace(` (${exact})`, '') : words);
});
