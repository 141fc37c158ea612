/** The characters that Rails escapes inside JSON, though JSON does not ask for it. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/**
 * JSON text as Rails' `to_json` writes it: `<`, `>`, `&`, U+2028 and U+2029 as `\uXXXX`. So parsing and
 * re-serialising a webhook does not give back the bytes that were signed.
 */
export function railsJson(value: unknown): string {
  return JSON.stringify(value).replace(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
