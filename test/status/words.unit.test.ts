import { expect, test } from 'vitest';
import { draftUpdate } from '../../app/features/status/draft-update.server.ts';
import { LANGUAGES } from '../../app/features/status/status-document.ts';
import { wordsIn } from '../../app/features/status/status-words.ts';

const NAMES = 'Chat, Automatic answers';

test.each(LANGUAGES)('%s: names stand before a colon, so that nothing has to agree with them', (language) => {
  const { auto } = wordsIn(language);
  for (const text of [
    auto.title(NAMES),
    auto.investigating(NAMES, '05:12 UTC', 'help@example.com'),
    auto.unsteady(NAMES, '05:12 UTC', 'help@example.com'),
    auto.monitoring(NAMES, '05:12 UTC'),
    auto.resolved(NAMES, '05:12 UTC'),
  ])
    expect(text).toMatch(/^Chat, Automatic answers ?: /);
});

test('the draft of an incident that is part of another one ends its notice', () => {
  const startedAt = '2026-11-30T05:12:00.000Z';
  const draft = draftUpdate(
    { cause: 'chatwoot', status: 'merged', startedAt, recoveredAt: null, resolvedAt: null, lulls: [] },
    {
      components: [{ id: 1, name: 'Chat', health: ['chatwoot'] }],
      notice: { title: 'Chat', affects: { 1: 'major_outage' } },
      ...{ language: 'en', email: 'help@example.com', now: new Date('2026-11-30T05:20:00.000Z') },
    },
  );
  expect(draft).toMatchObject({
    state: 'resolved',
    text: 'This is part of another incident now: see there for updates.',
  });
});

test.each(LANGUAGES)('%s: a first day on which it fails is not said to be unwatched', (language) => {
  expect(wordsIn(language).notWatched).not.toMatch(/watch|beobacht|observ|osserv/i);
});
