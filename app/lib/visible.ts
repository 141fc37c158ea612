/**
 * Characters that act instead of showing (controls, direction overrides, invisible ones) as `\uXXXX`,
 * so that a message cannot disguise itself on the page or in a terminal.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
