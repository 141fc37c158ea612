import { describe, expect, test } from 'vitest';
import type { ArrivalFigures } from '../../app/features/alerts/rule-reading.ts';
import type { ReconciliationView } from '../../app/features/arrival/comparison/reconciliation-view.ts';
import { guideFor } from '../../app/features/incidents/guide/guide.ts';
import { arrivalCard } from '../../app/features/overview/arrival-card.ts';
import { decideNextStep } from '../../app/features/overview/decide-next-step.ts';
import { decideVerdict } from '../../app/features/overview/decide-verdict.ts';
import { tilesOf } from '../../app/features/overview/tiles/tiles.ts';
import {
  ago,
  arrivalWith,
  figuresWith,
  hourWith,
  incidentWith,
  intakeWith,
  ledgerWith,
  MINUTE,
  NOW,
  outageWith,
} from './figures.ts';

const ARRIVAL = arrivalWith();
const silent: ArrivalFigures = {
  ...ARRIVAL,
  silentSince: ago(28 * MINUTE),
  confirmedAt: ago(27 * MINUTE),
  missed: { messages: 5, customers: 5 },
  cause: {
    kind: 'workers',
    sentence: 'Its workers most likely stand still.',
    cure: 'Restart them.',
    registerAgain: false,
  },
};
const incidents = [
  incidentWith({ cause: 'arrival', severity: 'P1', title: 'Chatwoot works, its webhooks do not arrive' }),
];
const intake = intakeWith({ lastReceivedAt: ago(90 * MINUTE) });
const intakeTile = (arrival: ArrivalFigures) =>
  tilesOf(figuresWith({ outage: outageWith({ arrival }) }), NOW).find(({ id }) => id === 'intake')!;

test('webhooks that do not arrive are the verdict, with number, cause and cure', () => {
  const found = decideVerdict(figuresWith({ outage: outageWith({ incidents, arrival: silent }) }), NOW);
  expect(found).toMatchObject({ tone: 'critical', word: 'Outage', cure: 'Restart them.' });
  expect(found.sentence).toContain(
    'Chatwoot works, its webhooks do not arrive: 5 messages of 5 customers since 05:03 UTC; what is found is fetched and goes on. Its workers most likely stand still. Restart them.',
  );
  expect(intakeTile(silent)).toMatchObject({ tone: 'critical', word: 'Nothing arrives' });
  expect(guideFor('arrival').flatMap(({ steps }) => steps.map(({ key }) => key))).toContain('other.workers');
});

test('when they arrive again, the page does not go on telling of an outage', () => {
  const found = decideVerdict(figuresWith({ outage: outageWith({ incidents, arrival: ARRIVAL }) }), NOW);
  expect(found).toMatchObject({ tone: 'warning', word: 'Answers again' });
  expect(found.sentence).toContain("Chatwoot's webhooks arrive again.");
});

test('nobody has written: known when it was looked at, unknown when not', () => {
  const quiet = (arrival: ArrivalFigures | null) =>
    decideVerdict(figuresWith({ intake, hour: hourWith(), outage: outageWith({ arrival }) }), NOW);
  expect(quiet(ARRIVAL)).toMatchObject({
    tone: 'info',
    word: 'Quiet',
    sentence: expect.stringMatching(/^Nobody has written since 04:01 UTC; everything is known/) as string,
  });
  for (const changes of [
    { lookedAt: ago(5 * MINUTE) },
    { failingSince: ago(MINUTE) },
    { registration: { ok: false, fault: 'unreadable', evidence: '', nextStep: null } },
  ])
    expect(quiet({ ...ARRIVAL, ...changes })).toMatchObject({ tone: 'unknown', word: 'Quiet' });
});

test('the tile tells how long webhooks take', () => {
  expect(intakeTile(ARRIVAL).details).toContain('From message to webhook: p50 250 ms, p95 500 ms');
});

describe('where the registration is the cause', () => {
  const cause = (kind: string, registerAgain: boolean) => ({ kind, sentence: '', cure: '', registerAgain });
  const fault = (name: string) => ({ ok: false, fault: name, evidence: '', nextStep: null });
  const deleted: ArrivalFigures = {
    ...silent,
    cause: cause('registration', true),
    registration: fault('missing'),
  };
  const changed = (name: string): ArrivalFigures => ({
    ...ARRIVAL,
    registration: fault(name),
    badConfirmed: true,
  });
  const acknowledged = [incidentWith({ cause: 'arrival', status: 'acknowledged' })];
  const stepOf = (arrival: ArrivalFigures, open = acknowledged) =>
    decideNextStep(figuresWith({ outage: outageWith({ incidents: open, arrival }) }));
  const BUTTON = { action: '/api/arrival/register', label: 'Register again', needs: 'settings.manage' };

  test.each<[string, ArrivalFigures]>([
    ['deleted, and messages are missing', deleted],
    ['another secret, so that this app refuses them', { ...silent, cause: cause('signature', true) }],
    ['deleted, and nobody has written', changed('missing')],
    ['without the events that are needed', changed('events')],
    ['with another secret', changed('secret')],
  ])('the next step is to register it again: %s', (_name, arrival) => {
    expect(stepOf(arrival).form).toMatchObject(BUTTON);
    expect(stepOf(arrival, []).form).toMatchObject(BUTTON);
  });

  test('first somebody says that they are on it', () => {
    expect(stepOf(deleted, incidents).form?.label).toBe('Take it');
  });

  test.each<[string, ArrivalFigures]>([
    ['its workers stand still', silent],
    [
      'it was bad once, and is read again before anybody is told',
      { ...changed('missing'), badConfirmed: false },
    ],
    ['fallback mode narrows webhooks on purpose', { ...deleted, narrowed: true }],
  ])('there is no such button when %s', (_name, arrival) => {
    expect(stepOf(arrival).form?.action).not.toBe(BUTTON.action);
    expect(stepOf(arrival, []).form).toBeUndefined();
  });

  test('once it is registered again, what is left is to prove it', () => {
    expect(
      stepOf({ ...deleted, registration: { ok: true, fault: null, evidence: '', nextStep: null } }),
    ).toMatchObject({
      sentence: expect.stringContaining('send a test message') as string,
      link: { to: '/health#proof' },
    });
  });
});

test('connected, and no webhook has ever come: not proved, and never green', () => {
  const figures = figuresWith({
    intake: intakeWith({ lastReceivedAt: ago(MINUTE) }),
    // What comparison fetched did not arrive by itself.
    ledger: ledgerWith({ received: 3, reconciled: 3 }),
    outage: outageWith({
      arrival: { ...ARRIVAL, provedAt: null, lastWebhookAt: null, newestAt: null, delay: null },
    }),
  });
  const unproved = { tone: 'unknown', word: 'Not proved yet' };
  expect(tilesOf(figures, NOW).find(({ id }) => id === 'intake')).toMatchObject(unproved);
  expect(decideVerdict(figures, NOW)).toMatchObject(unproved);
  expect(decideNextStep(figures).link).toEqual({ to: '/health#proof', label: 'Open the test message' });
});

test.each([
  ['compared', null],
  ['paused', 'warning'],
  ['failing', 'warning'],
] as const)('a comparison that is %s', (state, tone) => {
  const comparison: ReconciliationView = {
    ...{ uncompared: [], state, through: '2026-09-22T05:40:00.000Z', detail: 'Mara' },
    ...{ progress: null, last: null, from: null, to: null, complete: false },
    ...{
      lost: 0,
      firstAt: null,
      lastAt: null,
      late: 0,
      delivered: 0,
      waiting: 0,
      withheld: 0,
      undelivered: 0,
    },
  };
  const card = arrivalCard({ arrival: ARRIVAL, comparison, proof: { state: 'none' }, delays: [] }, NOW);
  expect(card.rows.find(({ id }) => id === 'comparison')).toMatchObject({ tone });
});
