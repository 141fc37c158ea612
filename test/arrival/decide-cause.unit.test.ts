import { expect, test } from 'vitest';
import { type CauseEvidence, decideCause } from '../../app/features/arrival/cause/decide-cause.ts';

const NOW = new Date('2026-11-23T05:00:00.000Z');
const NOTHING: CauseEvidence = {
  registration: { ok: true, fault: null, evidence: '', nextStep: null },
  refusedForProof: null,
  untold: 1,
  refusedOtherwise: null,
  privateHost: null,
  version: '4.15.1',
  provedSinceVersion: false,
  endpoint: { ok: true, detail: '' },
};

test.each([
  ['bad_signature', 2, /2 webhooks were not signed with a secret that it has\./, true],
  ['bad_token', 1, /1 webhook was not signed/, true],
  ['stale_signature', 3, /3 webhooks came later after they were signed than .* allows\./, false],
  ['secrets_unreadable', 1, /1 webhook came while it could not read its own secrets\./, false],
])(
  'webhooks that are refused for %s are named for what they are, with a cure that is one',
  (reason, count, words, again) => {
    const cause = decideCause({ ...NOTHING, refusedForProof: { count, reason } }, NOW);
    expect(cause).toMatchObject({ kind: 'signature', registerAgain: again });
    expect(cause.sentence).toMatch(words);
    expect(/Register/.test(cause.cure)).toBe(again);
  },
);

test('fewer refusals than messages that nobody told of are somebody else, and are said', () => {
  const one = { ...NOTHING, refusedForProof: { count: 1, reason: 'missing_signature' } };
  expect(decideCause({ ...one, untold: 5 }, NOW)).toMatchObject({
    kind: 'workers',
    sentence: expect.stringMatching(/1 webhook that nothing proves .* too few to explain it\.$/) as string,
  });
  expect(decideCause(one, NOW).kind).toBe('signature');
});

test('with nothing else to blame it is the workers, and a list that could not be read is said', () => {
  expect(decideCause(NOTHING, NOW).kind).toBe('workers');
  expect(decideCause({ ...NOTHING, registration: null }, NOW).sentence).toMatch(/could not be read/);
});
