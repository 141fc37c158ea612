import { expect, test } from 'vitest';
import { refusalNoticeText, wayBackOfRefusal } from '../../app/features/access/access-words.ts';

const post = (referer: string | null, method = 'POST') => ({
  method,
  url: 'http://10.0.0.7:3000/api/incidents/4/note',
  headers: new Headers(referer ? { Referer: referer } : {}),
});

test.each([
  ['http://10.0.0.7:3000/incidents/4?notice=incident_noted&n=2&a=b#guide', undefined],
  ['https://support.example/incidents/4?notice=incident_noted&n=2&a=b#guide', 'https://support.example'],
])('a refused form goes back to its page with one sentence, also behind a proxy: %s', (referer, appUrl) => {
  const back = wayBackOfRefusal(post(referer), 403, appUrl);
  expect(back).toBe('/incidents/4?a=b&notice=refused_not_allowed#guide');
  const { text } = refusalNoticeText(new URL(back!, 'http://page').searchParams)!;
  expect(text).toMatch(/^Not done: your role does not allow this/);
});

test.each([
  ['not refused', post('http://10.0.0.7:3000/'), 200],
  ['only read', post('http://10.0.0.7:3000/', 'GET'), 403],
  ['from nowhere', post(null), 403],
  ['from another site', post('https://evil.example/'), 403],
])('nothing leads back: %s', (_name, request, status) => {
  expect(wayBackOfRefusal(request, status, undefined)).toBeNull();
});

test('a code that is not ours says nothing', () => {
  expect(refusalNoticeText(new URLSearchParams('notice=refused_by_evil'))).toBeNull();
});
