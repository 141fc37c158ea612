import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import vm from 'node:vm';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { prettyJson, quotedAnswer } from '../../app/features/delivery/dead-letters/shown-payload.ts';
import { factPayload, isSecretField } from '../../app/features/delivery/fact-payload.ts';
import { deriveKeys } from '../../app/features/intake/derive-keys.ts';
import { parseWebhookBody } from '../../app/features/intake/parse-webhook-body.ts';

/** Far more than linear or quadratic work on HOSTILE takes; what backtracks exponentially never ends. */
const LIMIT_MS = 3000;
const LENGTH = 10_000;

const HOSTILE = [
  'a',
  ' ',
  '\t',
  '0',
  '/',
  '\\',
  '"',
  ':',
  '{',
  '[',
  '-',
  '=',
  ',',
  '.',
  '@',
  '\n',
  'ab',
  '" "',
  '"\\',
  'x:',
  '0.',
  '%0',
  '://',
  ' at ',
].flatMap((piece) => {
  const long = piece.repeat(LENGTH / piece.length);
  return [long, `${long}!`, `!${long}\u0000`];
});

async function regularExpressions(): Promise<{ where: string; source: string }[]> {
  const root = path.resolve(import.meta.dirname, '../../app');
  const files = await readdir(root, { recursive: true });
  const found: { where: string; source: string }[] = [];
  for (const file of files.filter((name) => /\.tsx?$/.test(name) && !name.startsWith('generated'))) {
    const parsed = ts.createSourceFile(
      file,
      await readFile(path.join(root, file), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const visit = (node: ts.Node) => {
      if (ts.isRegularExpressionLiteral(node)) found.push({ where: file, source: node.text });
      ts.forEachChild(node, visit);
    };
    visit(parsed);
  }
  return found;
}

test('no regular expression of the product runs away on hostile input', async () => {
  const expressions = await regularExpressions();
  expect(expressions.length).toBeGreaterThan(20);
  const context = vm.createContext({ inputs: HOSTILE });
  const runaways = expressions.filter(({ source }) => {
    try {
      vm.runInContext(`for (const input of inputs) { const e = ${source}; input.replace(e, ''); }`, context, {
        timeout: LIMIT_MS,
      });
      return false;
    } catch {
      return true;
    }
  });
  expect(runaways).toEqual([]);
}, 300_000);

test('the same check finds an expression that does run away', () => {
  const context = vm.createContext({ input: `${'a'.repeat(40)}!` });
  expect(() => vm.runInContext('/^(a+)+$/.test(input)', context, { timeout: 500 }) as unknown).toThrow(
    /timed out/,
  );
});

test.each(['"', '\\', '{"', '[[', '":', 'a', ' ', '"token":', '\u202e'])(
  'the viewer takes a megabyte of %j',
  (piece) => {
    const source = piece.repeat(1_048_576 / piece.length);
    expect(prettyJson(source).text.length).toBeLessThanOrEqual(262_144);
    expect(quotedAnswer(source.slice(0, 4096)).length).toBeLessThan(100_000);
  },
);

test('payloads that name __proto__ and constructor change nothing but themselves', () => {
  const source =
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"event":"__proto__","id":"constructor","conversation":{"__proto__":{"id":7},"id":"__proto__"},"account":{"id":"toString"}}';
  const body = Buffer.from(source);
  const parsed = parseWebhookBody(body);
  expect(parsed.ok).toBe(true);
  const keys = deriveKeys({
    payload: parsed.ok ? parsed.value : {},
    body,
    deliveryId: '__proto__',
    eventId: 'e',
    defaultAccount: undefined,
  });
  expect(keys).toMatchObject({ event: '__proto__', conversationId: '__proto__' });
  const fact = JSON.parse(factPayload(body)) as object;
  expect(Object.keys(fact)).toContain('__proto__');
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  expect(prettyJson(source).text).toContain('"__proto__"');
});

test('credentials are left out wherever they stand, and only they', () => {
  const source =
    '{"a":{"pubsub_token":"LEAK1","x":1},"auth\\u005ftoken":"LEAK2","secret":{"deep":["LEAK3",{"y":"LEAK4"}]},"tokens":["LEAK5"],"api_key":null,"hmac_verified":true,"passwords":1234567,"content":"my token: abc","b":[{"Password":"LEAK6"}]}';
  const { text } = prettyJson(source);
  expect(text).not.toMatch(/LEAK|1234567/);
  expect(JSON.parse(text)).toEqual({
    a: { pubsub_token: '[secret]', x: 1 },
    auth_token: '[secret]',
    secret: '[secret]',
    tokens: '[secret]',
    api_key: null,
    hmac_verified: true,
    passwords: '[secret]',
    content: 'my token: abc',
    b: [{ Password: '[secret]' }],
  });
  expect(JSON.parse(factPayload(Buffer.from(source)))).toEqual(JSON.parse(text));
  expect(quotedAnswer(`{"error":"no","received":${source}`)).not.toMatch(/LEAK|1234567/);
  expect(quotedAnswer(source.slice(0, 32))).not.toContain('LEAK');
  expect(quotedAnswer('<html>Not "token": "LEAK" found</html>')).not.toContain('LEAK');
  expect(quotedAnswer('plain words')).toBe('plain words');
  expect(
    ['token', 'pubsub_token', 'authToken', 'api_key', 'apiKey', 'smtp_password', 'account_sid'].filter(
      (name) => !isSecretField(name),
    ),
  ).toEqual([]);
  expect(
    ['content', 'id', 'hmac_verified', 'source_id', 'tokenized', 'email', 'name', 'residue'].filter(
      isSecretField,
    ),
  ).toEqual([]);
});
