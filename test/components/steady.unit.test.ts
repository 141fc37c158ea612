// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { keepPlaces, meaningOf, quiet } from '../../app/components/layout/steady.tsx';

afterEach(() => vi.useRealTimers());

const kept = (held: string, latest: string, more = false) => {
  const { rows, added } = keepPlaces([...held], [...latest], (row) => row, more);
  return [rows.map(({ row, gone }) => (gone ? `(${row})` : row)).join(''), added];
};

test.each<[what: string, held: string, latest: string, more: boolean, shown: string, added: number]>([
  ['nothing changed', 'abc', 'abc', false, 'abc', 0],
  ['one came first', 'abc', 'xabc', false, 'abc', 1],
  ['one went', 'abc', 'ac', false, 'a(b)c', 0],
  ['all went', 'abc', '', false, '(a)(b)(c)', 0],
  ['they changed places', 'abc', 'cab', false, 'abc', 0],
  ['pushed to the next page by what is new', 'abc', 'xya', true, 'abc', 2],
  ['one went and one of the next page came up', 'abc', 'bcd', true, '(a)bc', 1],
  ['the last one went, or was pushed: not said to be gone', 'abc', 'abd', true, 'abc', 1],
])('%s', (_what, held, latest, more, shown, added) => {
  expect(kept(held, latest, more)).toEqual([shown, added]);
});

test('of a row that stays the newest is shown', () => {
  const { rows } = keepPlaces([{ id: 1, says: 'old' }], [{ id: 1, says: 'new' }], ({ id }) => id, false);
  expect(rows).toEqual([{ row: { id: 1, says: 'new' }, gone: false }]);
});

test('what moves again while it cannot be pressed rests for the whole time anew', () => {
  vi.useFakeTimers();
  const [once, twice] = [document.createElement('button'), document.createElement('button')];
  const resting = () => [once, twice].map((element) => element.hasAttribute('data-moved'));
  quiet(once);
  quiet(twice);
  vi.advanceTimersByTime(400);
  quiet(twice);
  vi.advanceTimersByTime(400);
  expect(resting()).toEqual([false, true]);
  vi.advanceTimersByTime(400);
  expect(resting()).toEqual([false, false]);
});

test('a button means the same while only its figures go on, and something else with another act', () => {
  const button = (label: string, action: string, fields: Record<string, string> = {}) => {
    const form = document.createElement('form');
    form.setAttribute('action', action);
    for (const [name, value] of Object.entries(fields))
      form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
    form.append(Object.assign(document.createElement('button'), { textContent: label }));
    return meaningOf(form.lastElementChild!);
  };
  const replay = button('Replay 1,050 messages', '/api/dead-letters/replay', {
    version: '3',
    mode: 'careful',
  });
  expect(button('Replay 9 messages', '/api/dead-letters/replay', { version: '4', mode: 'careful' })).toBe(
    replay,
  );
  expect(button('Replay 9 messages', '/api/dead-letters/replay', { mode: 'normal' })).not.toBe(replay);
  expect(button('Take it', '/api/incidents/1/acknowledge')).not.toBe(
    button('Take it', '/api/incidents/2/acknowledge'),
  );
});
