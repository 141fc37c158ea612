import { expect, test } from 'vitest';
import { buildGuide, nextGuideStep } from '../../app/features/incidents/guide/guide.ts';
import type { GuideContext } from '../../app/features/incidents/guide/guide-steps.ts';
import { rung } from '../components/incident-fixtures.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 5, minute));
const going: GuideContext = {
  incidentId: 1,
  title: 'The Agent service does not answer',
  cause: 'delivery',
  since: at(0),
  hosting: 'self_hosted',
  chatwootUrl: null,
  statusPageUrl: null,
  fallbackEmail: 'support@example.com',
  lastCheck: null,
  recoveredAt: null,
  taken: null,
  deadLetters: true,
};
const recovered = { ...going, recoveredAt: at(20) };
const lead = rung({ role: 'Support Lead', state: 'next' });
const step = (context: GuideContext, key: string, ladder = [lead], records = [] as never[]) =>
  buildGuide(context, records, ladder, 1).find((one) => one.key === key)!;

test('while it goes on every step waits for somebody', () => {
  expect(buildGuide(going, [], [lead], 1).every(({ state }) => state === 'open')).toBe(true);
});

test('after the recovery what is left of the outage closes itself, saying so; what comes after it does not', () => {
  const guide = buildGuide(recovered, [], [lead], 1);
  for (const one of guide.filter(({ phase }) => phase !== 'Recovery'))
    expect(one).toMatchObject({
      state: 'skipped',
      by: 'Outage Center',
      evidence: 'Not needed any more: it recovered at 05:20:00 UTC.',
    });
  expect(step(recovered, 'delivery.restored')).toMatchObject({
    state: 'done',
    evidence: 'All its alerts had cleared at 05:20:00 UTC.',
  });
  expect(nextGuideStep(guide)?.key).toBe('delivery.replay');
  expect(step({ ...recovered, deadLetters: false }, 'delivery.replay')).toMatchObject({
    state: 'done',
    evidence: 'No dead letter is open: there is nothing left to replay.',
  });
});

test('a check that failed before the recovery is overtaken, what a person did stays as it is', () => {
  const record = (state: 'failed' | 'done', minute: number) => [
    { step: 'delivery.restored', state, at: at(minute), by: 'Ada', evidence: 'looked' },
  ];
  const one = (records: ReturnType<typeof record>) =>
    buildGuide(recovered, records, [lead], 1).find(({ key }) => key === 'delivery.restored');
  expect(one(record('failed', 10))).toMatchObject({ state: 'done', by: 'Outage Center' });
  expect(one(record('failed', 25))).toMatchObject({ state: 'failed', by: 'Ada' });
  expect(one(record('done', 10))).toMatchObject({ state: 'done', by: 'Ada' });
});

test('nobody has to be notified any more when somebody took it before that was due', () => {
  const taken = { ...going, taken: { by: 'Ada', at: at(4) } };
  const stopped = rung({ role: 'Support Lead', state: 'stopped' });
  expect(step(taken, 'delivery.tell_lead', [stopped])).toMatchObject({
    state: 'skipped',
    evidence: 'Not needed: Ada took it before that was due.',
  });
  expect(step(taken, 'delivery.tell_lead')).toMatchObject({ state: 'open' });
});
