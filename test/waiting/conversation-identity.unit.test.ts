import { expect, test } from 'vitest';
import { tellConversationsApart } from '../../app/features/waiting/conversation-identity.server.ts';
import type { ConversationSnapshot } from '../../app/features/waiting/conversation-snapshot.ts';

const FIRST = 1_795_960_000;
const SECOND = FIRST + 600;

const one = (began: number | null, updatedAt = (began ?? FIRST) + 30) => ({
  snapshot: {
    key: '2:10',
    createdAt: began === null ? null : new Date(began * 1000),
    updatedAt,
  } as ConversationSnapshot,
});
const keys = (stored: number | null, told: (number | null)[], source: 'webhooks' | 'list' = 'webhooks') => {
  const known = new Map(stored === null ? [] : [['2:10', stored] as const]);
  const apart = tellConversationsApart(
    known,
    told.map((began) => one(began)),
    source,
  );
  return {
    told: apart.told.map(({ snapshot }) => snapshot.key),
    putAside: [...apart.putAside],
    gone: apart.gone,
  };
};
const before = (second: number) => `2:10@${second}`;

test.each([
  ['nothing is known', null],
  ['it is known', FIRST],
])('one conversation is one, however much is told of it: %s', (_what, stored) => {
  expect(keys(stored, [FIRST, null, FIRST])).toEqual({
    told: ['2:10', '2:10', '2:10'],
    putAside: [],
    gone: [],
  });
});

test('a later one has the number; what was known of it is put aside', () => {
  expect(keys(FIRST, [SECOND, null])).toEqual({
    told: ['2:10', '2:10'],
    putAside: [['2:10', before(FIRST)]],
    gone: [before(FIRST)],
  });
});

test('webhooks of the one before, which come late or with the later one’s, are of the one before', () => {
  expect(keys(SECOND, [FIRST])).toEqual({ told: [before(FIRST)], putAside: [], gone: [before(FIRST)] });
  for (const told of [
    [FIRST, SECOND],
    [SECOND, FIRST],
  ])
    expect(keys(null, told)).toEqual({
      told: told.map((began) => (began === FIRST ? before(FIRST) : '2:10')),
      putAside: [],
      gone: [before(FIRST)],
    });
});

test('Chatwoot’s own list shows which one it has, also after another backup', () => {
  expect(keys(SECOND, [FIRST], 'list')).toEqual({
    told: ['2:10'],
    putAside: [['2:10', before(SECOND)]],
    gone: [before(SECOND)],
  });
});

test('a time of creation that lies after the last change tells nothing', () => {
  const odd = one(SECOND, FIRST + 1);
  const apart = tellConversationsApart(new Map([['2:10', FIRST]]), [odd], 'webhooks');
  expect(apart).toEqual({ told: [odd], putAside: new Map(), gone: [] });
});
