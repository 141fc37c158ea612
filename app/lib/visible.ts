const PLAIN = /^[\x20-\x7e]*$/;

/**
 * What acts instead of showing, or does not show at all and so may carry something unseen: controls, direction overrides,
 * line separators, halves of surrogate pairs, default-ignorable characters (Unicode UAX 44), Hangul fillers and the blank
 * Braille cell among them.
 */
const ACTING = /[\p{Cc}\p{Cs}\u2028\u2029\ufff9-\ufffb\u2800\p{Default_Ignorable_Code_Point}]/u;

/** Scripts whose letters take other shapes with or without a joiner: Persian, Hindi, Malayalam, Sinhala and their kin. */
const JOINING = [
  'Arab',
  'Syrc',
  'Mong',
  'Nkoo',
  'Mand',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
  'Sinh',
  'Tibt',
  'Mymr',
  'Khmr',
]
  .map((script) => `\\p{Script=${script}}`)
  .join('');
const RIGHT_TO_LEFT = ['Hebr', 'Arab', 'Syrc', 'Thaa', 'Nkoo']
  .map((script) => `\\p{Script=${script}}`)
  .join('');

/** The same characters where writing needs them, one at a time, so that nothing can be hidden in a row of them. */
const WRITTEN = new RegExp(
  [
    // Flags of countries that are parts of others: a black flag spelled with tags.
    '\\u{1f3f4}[\\u{e0061}-\\u{e007a}\\u{e0030}-\\u{e0039}]{3,6}\\u{e007f}',
    // Persons and families made of several emoji.
    '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})',
    // Keycaps, and emoji or text as the form of a symbol; variants of Han and Mongolian letters.
    '(?<=[\\p{Emoji}\\p{So}\\p{Sm}\\p{Po}])[\\ufe0e\\ufe0f]',
    '(?<=\\p{Script=Han})[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]',
    '(?<=\\p{Script=Mong})[\\u180b-\\u180f]',
    `(?<=[${JOINING}])[\\u200c\\u200d]`,
    `(?<=[${RIGHT_TO_LEFT}])[\\u200e\\u200f\\u061c]|[\\u200e\\u200f\\u061c](?=[${RIGHT_TO_LEFT}])`,
  ].join('|'),
  'u',
);
const TOKENS = new RegExp(`(${WRITTEN.source})|${ACTING.source}`, 'gu');

/**
 * A text as people write it, with what acts instead of showing spelled out as `\uXXXX`, so that a message cannot disguise
 * itself on the page or in a terminal. Joiners, flags and letter forms stay where a script or an emoji needs them.
 */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(TOKENS, (found: string, written: string | undefined) =>
    written === undefined ? `\\u${found.codePointAt(0)!.toString(16).padStart(4, '0')}` : found,
  );
}

/** One line of a text, for where no other fits: white space becomes single blanks. */
export const oneLine = (text: string): string => visible(text.replaceAll(/\s+/g, ' ').trim());

/** One line that somebody typed or pasted, as people write it: what acts instead of showing came along unseen, and is left out. */
export const typedLine = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replace(TOKENS, (_found, written: string | undefined) => written ?? '')
    .trim();

/** What `visible` does, to a text of several lines: line breaks and tabs stay. */
export const visibleText = (text: string): string =>
  text
    .split(/([\r\n\t]+)/)
    .map((part, at) => (at % 2 === 0 ? visible(part) : part))
    .join('');

/** What people see as one character is not cut in two; one that is longer, made of endless marks, is. In UTF-16 units. */
const LONGEST_CHARACTER = 64;

/**
 * A text of at most `limit` UTF-16 units, as other services count, ending in "…" where something was left out;
 * never with half a character at its end, be it an emoji made of several, a flag, or a letter with its marks (UAX 29).
 */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = limit - 1;
  const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const from = characters.segment(text.slice(0, limit + LONGEST_CHARACTER)).containing(end)?.index ?? end;
  if (end - from <= LONGEST_CHARACTER) return `${text.slice(0, from)}…`;
  const kept = text.slice(0, end);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Characters that XML 1.0 has no way to write; HTML shows nothing for them either. */
// eslint-disable-next-line no-control-regex
const UNWRITABLE = /[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]/g;

/** A text as HTML or XML has it, in elements and in quoted attributes alike. */
export const escapeHtml = (text: string): string =>
  text
    .toWellFormed()
    .replace(UNWRITABLE, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
