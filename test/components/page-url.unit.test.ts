import { expect, test } from 'vitest';
import { parseList, parseRange } from '../../app/components/dead-letters/dead-letter-list.ts';
import { NO_FILTER, filterFields, pageUrl } from '../../app/components/dead-letters/delivery-url.ts';

const NOW = new Date('2026-11-23T08:00:00Z');
const params = (query: string) => new URLSearchParams(query);

test('changes some parameters, keeps the others, forgets the notice', () => {
  const url = pageUrl(
    params('range=24h&page=3&notice=paused&replay=4'),
    { page: null, sort: 'oldest' },
    'dead-letters',
  );
  expect(url).toBe('/delivery?range=24h&sort=oldest#dead-letters');
  expect(pageUrl(params(''), {})).toBe('/delivery');
});

test('without a filter the list starts at its first page', () => {
  expect(pageUrl(params('cause=x&text=y&page=2&range=7d'), NO_FILTER)).toBe('/delivery?range=7d');
});

test('filter fields are those that narrow', () => {
  expect(filterFields(params('text=Mara&event=&cause=a%7C-%7Cb&range=1h&page=2'))).toEqual({
    text: 'Mara',
    cause: 'a|-|b',
  });
});

test('the list that a URL asks for', () => {
  const { query, filterProblem } = parseList(
    params('state=discarded&sort=attempts&page=3&event=message_created&since=30m'),
    NOW,
  );
  expect(query).toMatchObject({
    state: 'discarded',
    sort: 'attempts',
    page: 3,
    filter: { event: 'message_created', since: '2026-11-23T07:30:00.000Z' },
  });
  expect(filterProblem).toBeNull();
});

test.each(['page=0', 'page=-1', 'page=1.5', 'page=x', 'page=1e9', 'state=other', 'sort=other', ''])(
  'what is not understood means its default: %s',
  (query) => {
    expect(parseList(params(query), NOW).query).toMatchObject({
      state: 'open',
      sort: 'newest',
      page: 1,
      filter: {},
    });
  },
);

test('a filter that is not understood is said to be', () => {
  const { query, filterProblem } = parseList(params('status=teapot'), NOW);
  expect(query.filter).toEqual({});
  expect(filterProblem).toMatch(/status/);
});

test('range', () => {
  expect(parseRange(params('range=7d'))).toBe('7d');
  expect(parseRange(params('range=8d'))).toBe('1h');
});
