import { expect, test } from 'vitest';
import type { ArrivalFigures } from '../../app/features/alerts/reading.ts';
import { guideFor } from '../../app/features/incidents/guide.ts';
import { decideVerdict } from '../../app/features/overview/decide-verdict.ts';
import { tilesOf } from '../../app/features/overview/tiles.ts';
import { ago, figuresWith, hourWith, incidentWith, intakeWith, MINUTE, NOW, outageWith } from './figures.ts';

const ARRIVAL: ArrivalFigures = {
  expected: true,
  lastWebhookAt: ago(90 * MINUTE),
  lookedAt: ago(MINUTE / 2),
  newestAt: ago(90 * MINUTE),
  failingSince: null,
  problem: null,
  narrowed: false,
  silentSince: null,
  confirmedAt: null,
  missed: { messages: 0, customers: 0 },
  cause: null,
  registration: { ok: true, fault: null, evidence: 'As it should be.' },
  registrationAt: ago(MINUTE),
  registered: true,
  badSince: null,
  badConfirmed: false,
  delay: { messages: 4, p50: 250, p95: 500 },
  refused: { count: 0, firstAt: null, lastAt: null, acceptedAt: null },
};
const silent: ArrivalFigures = {
  ...ARRIVAL,
  silentSince: ago(28 * MINUTE),
  confirmedAt: ago(27 * MINUTE),
  missed: { messages: 5, customers: 5 },
  cause: { kind: 'workers', sentence: 'Its workers most likely stand still.', cure: 'Restart them.' },
};
const incidents = [
  incidentWith({ cause: 'arrival', severity: 'P1', title: 'Chatwoot works, its webhooks do not arrive' }),
];
const intake = intakeWith({ lastReceivedAt: ago(90 * MINUTE) });
const intakeTile = (arrival: ArrivalFigures) =>
  tilesOf(figuresWith({ outage: outageWith({ arrival }) }), NOW).find(({ id }) => id === 'intake')!;

test('webhooks that do not arrive are the verdict, with number, cause and cure', () => {
  const found = decideVerdict(figuresWith({ outage: outageWith({ incidents, arrival: silent }) }), NOW);
  expect(found).toMatchObject({ tone: 'critical', word: 'Outage' });
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
    { registration: { ok: false, fault: 'unreadable', evidence: '' } },
  ])
    expect(quiet({ ...ARRIVAL, ...changes })).toMatchObject({ tone: 'unknown', word: 'Quiet' });
});

test('the tile tells how long webhooks take', () => {
  expect(intakeTile(ARRIVAL).details).toContain('From message to webhook: p50 250 ms, p95 500 ms');
});
