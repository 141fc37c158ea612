import { describe, expect, test } from 'vitest';
import { parseEmail, parseName } from '../../app/features/access/people/person-input.ts';
import { readContact } from '../../app/features/incidents/escalation/contacts-input.ts';
import { readTicketFields } from '../../app/features/tickets/ticket-view.ts';
import { cut, typedLine, visible } from '../../app/lib/visible.ts';
import {
  storableInt,
  storableJson,
  storableName,
  storableText,
  storableTime,
} from '../../app/lib/storable.ts';
import { SPELLED, WRITTEN } from './odd-texts.ts';

describe('names are shown as people write them', () => {
  test.each([
    ['a family of emoji', '👩‍👩‍👧‍👦'],
    ['an astronaut with a skin tone', '👩🏽‍🚀'],
    ['a rainbow flag', '🏳️‍🌈'],
    ['a heart on fire', '❤️‍🔥'],
    ['a judge', '🧑‍⚖️'],
    ['a witness', '👁️‍🗨️'],
    ['the flag of England', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
    ['a flag of two letters', '🇩🇪'],
    ['a keycap', '1️⃣'],
    ['Persian with a joiner', 'می‌خواهم'],
    ['a Sinhala conjunct', 'ශ්‍රී ලංකා'],
    ['a Bengali conjunct', 'র‍্যাব'],
    ['an older Malayalam ending', 'അവന്‍'],
    ['a Devanagari half form', 'क्‍ष'],
    ['a variant of a Han character', '葛󠄀'],
    ['Hebrew with a mark of direction', 'שלום‏'],
    ['Grüße, 你好', 'Grüße 你好 👍 Ångström'],
  ])('%s', (_name, text) => expect(visible(text)).toBe(text));
});

describe('what acts or does not show is spelled out', () => {
  test.each([
    ['an override', 'invoice\u202egnp.exe', 'invoice\\u202egnp.exe'],
    ['an isolate', 'a\u2066b', 'a\\u2066b'],
    ['a terminal sequence', '\x1b[31m', '\\u001b[31m'],
    ['a joiner between Latin letters', 'ad\u200dmin', 'ad\\u200dmin'],
    ['a zero-width space', 'ad\u200bmin', 'ad\\u200bmin'],
    ['a soft hyphen', 'ad\u00admin', 'ad\\u00admin'],
    ['a name that is a filler', '\u3164', '\\u3164'],
    ['a name that is a blank Braille cell', '\u2800', '\\u2800'],
    ['a message in variation selectors', '😀\u{e0101}\u{e0102}', '😀\\ue0101\\ue0102'],
    ['a message in tags', 'Hi\u{e0041}\u{e0042}', 'Hi\\ue0041\\ue0042'],
    ['a row of joiners', 'ن\u200c\u200c', 'ن\u200c\\u200c'],
    ['half a character', 'a\ud83d', 'a\\ud83d'],
    ['a byte order mark', '\ufeffhi', '\\ufeffhi'],
  ])('%s', (_name, text, shown) => expect(visible(text)).toBe(shown));
});

describe('a name that somebody types', () => {
  test.each(Object.entries(WRITTEN))('stays as they write it: %s', (_name, text) => {
    expect(parseName(` ${text}\n`)).toBe(text);
    const contact = new URLSearchParams({ role: text, name: text, audience: 'responder' });
    expect(readContact(contact)).toMatchObject({ ok: true, value: { role: text, name: text } });
  });

  test.each(Object.entries(SPELLED))('loses what came along unseen: %s', (_name, [text]) => {
    expect(visible(typedLine(text))).toBe(typedLine(text));
    expect(parseName(text)).not.toContain('\\u');
  });

  test('is none when nothing of it shows, and is not cut within a character', () => {
    expect(parseName('\u200b\u3164 \ufeff')).toBeNull();
    expect(parseName(`${'a'.repeat(97)}👩‍👩‍👧`)).toBe(`${'a'.repeat(97)}…`);
  });

  test('an address is found in what was pasted', () => {
    expect(parseEmail('\ufeff Ada@Example.com\u200b')).toBe('ada@example.com');
    const ticket = readTicketFields({ customer: 'Ada', email: 'ada@example.com\u200b', issue: 'x' });
    expect(ticket).toMatchObject({ ok: true, fields: { email: 'ada@example.com' } });
  });
});

describe('the gate for what a statement is given', () => {
  test('a cut leaves no half of a character, and neither does the spelling of one', () => {
    expect(storableText(`${'a'.repeat(199)}😀b`, 200)).toBe('a'.repeat(199));
    expect(storableText('😀😀', 3)).toBe('😀');
    expect(storableText('x\0\udc00')).toBe('x\ufffd\ufffd');
    expect(storableName(`${'a'.repeat(198)}\u202e😀`, 200).isWellFormed()).toBe(true);
    expect(cut(`${'a'.repeat(9)}😀b`, 11)).toBe(`${'a'.repeat(9)}…`);
  });

  test.each([
    ['a family', '👩‍👩‍👧‍👦'],
    ['a skin tone', '👍🏽'],
    ['a flag', '🇩🇪'],
    ['a flag after flags', '🇩🇪'.repeat(3)],
    ['a letter and its accent', 'e\u0301'],
    ['a conjunct', 'क्ष'],
  ])('%s is left out whole, wherever the cut falls', (_name, text) => {
    const whole = [
      '',
      ...[...new Intl.Segmenter('en').segment(text)].map(({ index, segment }) =>
        text.slice(0, index + segment.length),
      ),
    ];
    for (let limit = 5; limit < 4 + text.length; limit += 1) {
      const kept = cut(`abc${text}d`, limit);
      expect(kept.length).toBeLessThanOrEqual(limit);
      expect(whole).toContain(kept.slice(3, -1));
    }
  });

  test('endless marks on one letter are cut all the same', () => {
    expect(cut(`a${'\u0301'.repeat(10_000)}`, 100)).toHaveLength(100);
  });

  test('JSON has nothing that jsonb refuses, in values and in names', () => {
    const json = storableJson({
      'a\0': ['\ud800', { b: '\udfff\0' }],
      n: 2n ** 60n,
      at: new Date(0),
      none: undefined,
    });
    expect(JSON.parse(json)).toEqual({
      'a\ufffd': ['\ufffd', { b: '\ufffd\ufffd' }],
      n: '1152921504606846976',
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  test('times are within the years 1970 to 9999, numbers within their column', () => {
    expect(storableTime(-1)).toBeNull();
    expect(storableTime(253_402_300_800_000)).toBeNull();
    expect(storableTime(Number.NaN)).toBeNull();
    expect(storableTime(1_790_064_905_204.4)?.toISOString()).toBe('2026-09-22T08:15:05.204Z');
    expect(storableInt(2 ** 31)).toBeNull();
    expect(storableInt(1800.4)).toBe(1800);
    expect(storableInt('5')).toBeNull();
  });
});
