import { expect, test } from 'vitest';
import { parseThreshold, toTyped, typedUnitOf } from '../../app/features/alerts/adjustments.ts';

test.each([
  ['success_rate', '75', 0.75],
  ['success_rate', '7,5', 0.075],
  ['success_rate', '0', 0],
  ['success_rate', '100', 1],
  ['dead_letters', '0', 0],
  ['dead_letters', ' 25 ', 25],
  ['chatwoot_down', '1', 1],
  ['response_time', '0.5', 30],
  ['target:shop', '3', 3],
])('%s takes %o as %d, and shows it as it was typed', (rule, typed, value) => {
  const unit = typedUnitOf(rule)!;
  expect(parseThreshold(typed, unit)).toBe(value);
  expect(toTyped(value, unit)).toBe(Number(typed.trim().replace(',', '.')));
});

test.each([
  ['success_rate', '101'],
  ['success_rate', '-1'],
  ['success_rate', '1e2'],
  ['success_rate', 'NaN'],
  ['success_rate', 'Infinity'],
  ['success_rate', ''],
  ['dead_letters', '2.5'],
  ['dead_letters', '1000001'],
  ['chatwoot_down', '0'],
  ['chatwoot_down', '٣'],
  ['response_time', '0.01'],
  ['response_time', '9'.repeat(400)],
])('%s refuses %o with what it takes', (rule, typed) => {
  expect(parseThreshold(typed, typedUnitOf(rule)!)).toMatch(/^Type a (whole )?number from [\d.]+ to \d+\.$/);
});

test('what has no figure has none to change', () => {
  for (const rule of ['webhooks_silent', 'webhook_registration', 'chatwoot_token'])
    expect(typedUnitOf(rule)).toBeNull();
});
