import { describe, expect, test } from 'vitest';
import {
  authenticateWebhook,
  verifySignature,
  verifyToken,
} from '../../app/features/intake/authenticate-webhook.ts';

/** The vector of Chatwoot's signing: the escapes are six literal characters each. */
const secret = '9fKq2Lw8ZtR4xVb7NcYd1HsJ';
const timestamp = '1790475335';
const body = Buffer.from(String.raw`{"event":"message_created","id":4,"content":"a \u003cb\u003e \u0026 c"}`);
const signature = 'sha256=903c1d173c8e9353cb3b874f879804a8d442f794cf69aa405c8a5e5aa898f449';
const at = (offsetSeconds: number) => new Date((Number(timestamp) + offsetSeconds) * 1000);
const rules = { secrets: [secret], toleranceSeconds: 300, now: at(0) };

describe('signature', () => {
  test('the known vector is genuine', () => {
    expect(verifySignature({ signature, timestamp, body }, rules)).toBe('ok');
  });

  test.each([
    ['no signature', { signature: undefined }, 'missing'],
    ['an empty signature', { signature: '' }, 'missing'],
    ['no timestamp', { timestamp: undefined }, 'missing'],
    ['another body', { body: Buffer.from('{}') }, 'bad'],
    [
      'the body parsed and written again',
      { body: Buffer.from(JSON.stringify(JSON.parse(body.toString()))) },
      'bad',
    ],
    ['another timestamp', { timestamp: '1790475336' }, 'bad'],
    ['upper-case digits', { signature: signature.toUpperCase().replace('SHA256', 'sha256') }, 'bad'],
    ['no prefix', { signature: signature.slice(7) }, 'bad'],
    ['half a digest', { signature: signature.slice(0, 39) }, 'bad'],
    ['two signatures in one header', { signature: `${signature}, ${signature}` }, 'bad'],
    ['a timestamp that is no number', { timestamp: 'NaN' }, 'bad'],
    ['a negative timestamp', { timestamp: '-1' }, 'bad'],
    ['an endless timestamp', { timestamp: '9'.repeat(400) }, 'bad'],
  ] as const)('%s: %o is %s', (_name, change, verdict) => {
    expect(verifySignature({ signature, timestamp, body, ...change }, rules)).toBe(verdict);
  });

  test.each([
    [300, 'ok'],
    [-300, 'ok'],
    [301, 'stale'],
    [-301, 'stale'],
  ])('received %i s after it was made: %s', (offset, verdict) => {
    expect(verifySignature({ signature, timestamp, body }, { ...rules, now: at(offset) })).toBe(verdict);
  });

  test('during a rotation any of several secrets fits', () => {
    const secrets = ['new-secret', secret, 'older'];
    expect(verifySignature({ signature, timestamp, body }, { ...rules, secrets })).toBe('ok');
    expect(verifySignature({ signature, timestamp, body }, { ...rules, secrets: ['new-secret'] })).toBe(
      'bad',
    );
  });
});

describe('who is let in', () => {
  const signed = { signature, timestamp, body, token: null };
  const unsigned = { signature: undefined, timestamp: undefined, body, token: null };
  const forged = { ...signed, body: Buffer.from('{}') };
  const secretOnly = { ...rules, tokens: [] as string[], complete: true, allowUnsigned: false };
  const tokenOnly = { ...secretOnly, secrets: [], tokens: ['t0ken'] };
  const both = { ...secretOnly, tokens: ['0ther', 't0ken'] };
  const nothing = { ...secretOnly, secrets: [] };
  const open = { ...secretOnly, allowUnsigned: true };
  const unreadable = { ...nothing, complete: false };

  test('a token fits as a whole or not at all', () => {
    expect(verifyToken('t0ken', 't0ken')).toBe(true);
    expect(verifyToken('t0ke', 't0ken')).toBe(false);
    expect(verifyToken('t0ken ', 't0ken')).toBe(false);
  });

  test.each([
    ['nothing known lets nothing in', unsigned, nothing, 'not_connected'],
    ['nothing known: signed', signed, nothing, 'not_connected'],
    ['secret: signed', signed, secretOnly, null],
    ['secret: unsigned', unsigned, secretOnly, 'missing_signature'],
    ['secret: a token is no substitute', { ...unsigned, token: 'x' }, secretOnly, 'missing_signature'],
    ['secret: stale', signed, { ...secretOnly, now: at(999) }, 'stale_signature'],
    ['token: given', { ...unsigned, token: 't0ken' }, tokenOnly, null],
    ['token: missing', signed, tokenOnly, 'missing_token'],
    ['token: wrong', { ...unsigned, token: 'guess' }, tokenOnly, 'bad_token'],
    ['both: signed', signed, both, null],
    ['both: signed, with a wrong token', { ...signed, token: 'guess' }, both, null],
    ['both: token, unsigned', { ...unsigned, token: 't0ken' }, both, null],
    ['both: neither', unsigned, both, 'missing_signature'],
    ['both: wrong token, unsigned', { ...unsigned, token: 'guess' }, both, 'bad_token'],
    ['both: bad signature', forged, both, 'bad_signature'],
    ['unreadable: unsigned', unsigned, unreadable, 'secrets_unreadable'],
    ['unreadable: signed', signed, unreadable, 'secrets_unreadable'],
    ['unreadable: with a token', { ...unsigned, token: 't0ken' }, unreadable, 'secrets_unreadable'],
    ['partly unreadable: proved by what is known', signed, { ...secretOnly, complete: false }, null],
    ['partly unreadable: forged', forged, { ...secretOnly, complete: false }, 'secrets_unreadable'],
    ['open: unsigned', unsigned, open, null],
    ['open: nothing known', signed, { ...open, secrets: [] }, null],
    ['open: a wrong signature is no missing one', forged, open, 'bad_signature'],
  ])('%s', (_name, request, given, failure) => {
    expect(authenticateWebhook(request, given)).toBe(failure);
  });
});
