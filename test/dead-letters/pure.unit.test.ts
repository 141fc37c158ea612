import { describe, expect, test } from 'vitest';
import { customerNameOf, prettyJson } from '../../app/features/delivery/dead-letters/shown-payload.ts';
import { noticeText } from '../../app/features/delivery/dead-letters/notice-words.ts';
import { withNotice } from '../../app/lib/notice.ts';
import { visible } from '../../app/lib/visible.ts';
import { allowanceAt, decideCareful } from '../../app/features/delivery/replays/replay-pace.ts';
import { filterCondition } from '../../app/features/delivery/dead-letters/selection-sql.server.ts';
import {
  filterFromParams,
  filterToParams,
  selectionFromParams,
  selectionToParams,
} from '../../app/features/delivery/dead-letters/selection.ts';
import { isSameOrigin, ownPath } from '../../app/lib/http/same-origin.ts';

const NOW = new Date('2026-09-22T10:00:00Z');
const of = (query: string) => selectionFromParams(new URLSearchParams(query), NOW);

describe('selection', () => {
  test.each([
    ['all=1', { all: true }],
    ['id=3&id=4&id=3', { ids: [3, 4] }],
    ['id=3,4', { ids: [3, 4] }],
    ['event=message_created&status=503', { filter: { event: 'message_created', status: 503 } }],
    ['scope=matching&error=timeout&id=9', { filter: { errorClass: 'timeout' } }],
    ['scope=matching&page=2', { all: true }],
    ['scope=selected&id=9&error=timeout', { ids: [9] }],
    ['scope=all&id=9', { all: true }],
    ['since=24h', { filter: { since: '2026-09-21T10:00:00.000Z' } }],
    ['until=2026-09-22T08:00Z', { filter: { until: '2026-09-22T08:00:00.000Z' } }],
  ])('%s', (query, selection) => {
    const parsed = of(query);
    expect(parsed).toEqual({ ok: true, value: selection });
    if (parsed.ok) expect(of(selectionToParams(parsed.value).toString())).toEqual(parsed);
  });

  test.each([
    '',
    'scope=selected',
    'scope=everything',
    'id=0',
    'id=-1',
    'id=1.5',
    'id=abc',
    'id=9007199254740993',
    'status=99',
    'status=abc',
    'since=yesterday',
    'text=a%00b',
    `text=${'x'.repeat(301)}`,
    `id=${Array.from({ length: 10_001 }, (_, index) => index + 1).join(',')}`,
  ])('%.30s is refused, never taken for everything', (query) => {
    expect(of(query)).toMatchObject({ ok: false });
  });

  test('a filter survives the way through a URL', () => {
    const filter = {
      event: 'message_created',
      errorClass: 'http_5xx',
      status: 503,
      cause: 'http_5xx|503|message_created',
      conversation: '417',
      since: '2026-09-22T08:00:00.000Z',
      until: '2026-09-22T09:00:00.000Z',
      text: `Müller & "Co" 100%`,
    };
    const params = new URLSearchParams(filterToParams(filter).toString());
    expect(filterFromParams(params, NOW)).toEqual({ ok: true, value: filter });
  });

  test('input becomes parameters only', () => {
    const hostile = `'; DROP TABLE deliveries; --`;
    const { text, values } = filterCondition({ event: hostile, text: '50%_\\' }, 4);
    expect(text).not.toContain('DROP');
    expect(text).toContain('$4');
    expect(values).toEqual([hostile, '%50\\%\\_\\\\%']);
  });
});

describe('pace', () => {
  test.each([
    [0, 10, 1000, 10],
    [0, 10, 99, 0],
    [0, 10, 60_000, 10],
    [0.9, 10, 10, 1],
    [0, 0.5, 60_000, 1],
    [0, 10, -5000, 0],
    [0, null, 0, 1000],
    [0, 5000, 1000, 1000],
  ])('%d left, %s a second, after %d ms: %d', (left, rate, elapsed, may) => {
    expect(allowanceAt(left, rate, elapsed).may).toBe(may);
  });

  const fine = { released: 30, inFlight: 0, firstDelivered: 5, firstDead: 0, deadOfLast: 0 };
  test.each([
    [
      { ...fine, released: 0, firstDelivered: 0 },
      { decision: 'release', atMost: 5 },
    ],
    [
      { ...fine, released: 5, firstDelivered: 4, inFlight: 1 },
      { decision: 'release', atMost: 0 },
    ],
    [
      { ...fine, released: 5, firstDelivered: 3, firstDead: 1 },
      { decision: 'release', atMost: 0 },
    ],
    [
      { ...fine, inFlight: 12 },
      { decision: 'release', atMost: 8 },
    ],
    [
      { ...fine, deadOfLast: 10 },
      { decision: 'release', atMost: 20 },
    ],
    [{ ...fine, deadOfLast: 11 }, { decision: 'stop' }],
    [{ ...fine, firstDelivered: 4, firstDead: 1 }, { decision: 'stop' }],
  ])('careful %#', (state, decision) => {
    expect(decideCareful(state)).toMatchObject(decision);
  });
});

describe('payload viewer', () => {
  test('keeps numbers, escapes and duplicate keys as received', () => {
    const source =
      '{"id":12345678901234567890,"a":"\\u003cb\\u003e","a":[1,{}],"e":1.0e5,"s":"{\\"x\\": [1, 2]}"}';
    expect(prettyJson(source).text).toBe(
      `{\n  "id": 12345678901234567890,\n  "a": "\\u003cb\\u003e",\n  "a": [\n    1,\n    {}\n  ],\n  "e": 1.0e5,\n  "s": "{\\"x\\": [1, 2]}"\n}`,
    );
  });

  test('a deep document neither overflows nor explodes', () => {
    const deep = `${'['.repeat(200_000)}1${']'.repeat(200_000)}`;
    const { text, cut } = prettyJson(deep, 1_000_000);
    expect(cut).toBe(false);
    expect(text.length).toBeLessThan(deep.length + 5000);
    expect(text.replace(/\s/g, '')).toBe(deep);
  });

  test('cuts at the limit and says so', () => {
    expect(prettyJson(JSON.stringify(['x'.repeat(5000)]), 100)).toMatchObject({ cut: true });
    expect(prettyJson(JSON.stringify(['x'.repeat(5000)]), 100).text).toHaveLength(100);
  });

  test('characters that act instead of showing are shown', () => {
    expect(visible('a\u202eb\u0007c\u200bd\u2028e\ufefff')).toBe('a\\u202eb\\u0007c\\u200bd\\u2028e\\ufefff');
    expect(visible('Grüße 你好 👍')).toBe('Grüße 你好 👍');
    expect(prettyJson('{"a":"x\u202ey"}').text).toContain('x\\u202ey');
  });
});

describe('where a form may come from', () => {
  const headers = (values: Record<string, string>) => new Headers(values);
  test.each([
    [{ 'Sec-Fetch-Site': 'same-origin', Origin: 'https://proxy.example' }, true],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }, false],
    [{ 'Sec-Fetch-Site': 'same-site', Origin: 'https://other.app.example' }, false],
    [{ Origin: 'http://app.example', Host: 'app.example' }, true],
    [{ Origin: 'http://app.example:8080', Host: 'app.example' }, false],
    [{ Origin: 'null', Host: 'app.example' }, false],
    [{ Host: 'app.example' }, true],
    [{ Origin: 'https://outage.example', Host: 'internal:3000', 'Sec-Fetch-Site': 'cross-site' }, true],
  ])('%j: %s', (values, allowed) => {
    expect(isSameOrigin(headers(values as Record<string, string>), ['https://outage.example'])).toBe(allowed);
  });

  test.each([
    ['/dead-letters?page=2#x', '/dead-letters?page=2#x'],
    ['http://app.example/a?b', '/a?b'],
    ['https://evil.example/a', '/'],
    ['//evil.example/a', '/'],
    ['/\\evil.example', '/'],
    ['http://app.example//evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['', '/'],
    [null, '/'],
  ])('way back %s → %s', (wish, path) => {
    expect(ownPath(wish, 'http://app.example/api/dead-letters/replay')).toBe(path);
  });
});

test('a notice travels as a code, and only our codes become sentences', () => {
  const path = withNotice('/?page=2&notice=old&n=9', { code: 'replay_started', n: 1234, replay: 7 });
  expect(path).toBe('/?page=2&notice=replay_started&n=1234&replay=7');
  expect(noticeText(new URL(path, 'http://x').searchParams)?.text).toBe(
    'Replay 7 started: 1,234 dead letters, oldest first.',
  );
  expect(noticeText(new URLSearchParams('notice=constructor'))).toBeNull();
  expect(noticeText(new URLSearchParams('notice=Your+account+is+closed'))).toBeNull();
  expect(noticeText(new URLSearchParams('notice=restored&n=<b>'))?.text).not.toContain('<');
});

test('whatever stands where a name or an event is expected, a dead letter can be shown', () => {
  const no = { toString: 1 };
  expect(customerNameOf({ event: no, name: 'Ada' })).toBeNull();
  expect(customerNameOf({ event: 'contact_updated', name: no, meta: { sender: { name: [no] } } })).toBeNull();
  expect(customerNameOf({ event: 'contact_updated', name: 'Ada' })).toBe('Ada');
});
