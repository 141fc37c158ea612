import { expect, test } from 'vitest';
import { passwordProblem } from '../../app/features/access/account/change-account.server.ts';

const own = ['grace.hopper@example.com', 'Grace Hopper'];

test.each([
  'password1234',
  'Password1234',
  'P@ssw0rd1234',
  'PASSWORD123!',
  'passwordpassword',
  'qwertyuiop12',
  'qwertyuiop[]',
  '123456789012',
  'abcdefghijkl',
  'iloveyou1234',
  'letmein12345',
  'welcome12345',
  'administrator',
  'admin1234567',
  'chatwoot1234',
  'outagecenter',
  'outagecenter1',
  'gracehopper12',
  'grace.hopper@example.com',
  'aaaaaaaaaaaa',
  'abababababab',
  'short',
  'x'.repeat(129),
])('%s is refused', (password) => {
  expect(passwordProblem(password, own)).toMatch(/^(The|This) password /);
});

test.each([
  'correct horse battery staple',
  'tulips under the bridge',
  'long enough indeed',
  'an entirely new passphrase',
  'Vq8#mZt2!rLw',
  'fünf Zebras tanzen',
])('%s will do', (password) => {
  expect(passwordProblem(password, own)).toBeNull();
});

test('the longest ones are judged at once: nobody is kept waiting by them', () => {
  const began = performance.now();
  for (const password of ['1a'.repeat(64), 'password'.repeat(16), 'qwertyuiop1!'.repeat(10) + 'x'])
    passwordProblem(password, own);
  expect(performance.now() - began).toBeLessThan(5000);
});
