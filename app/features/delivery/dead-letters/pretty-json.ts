/** Text for a page: what was left out is said, never silently dropped. */
export interface PrettyText {
  text: string;
  /** The text was cut at the limit. */
  cut: boolean;
}

/** Deeper levels stay on one line: indentation of a hostile document would be longer than the document. */
const MAX_DEPTH = 30;

/**
 * Indents JSON without parsing it, so that large numbers, duplicate keys and escapes show exactly as received,
 * and no nesting is too deep. Text that is not JSON comes out readable too.
 * @param maxLength characters of the result, after which it is cut
 */
export function prettyJson(source: string, maxLength = 262_144): PrettyText {
  const out: string[] = [];
  let length = 0;
  let depth = 0;
  const push = (piece: string) => {
    out.push(piece);
    length += piece.length;
  };
  const newline = () => push(`\n${'  '.repeat(depth)}`);
  const tokens = /"(?:[^"\\]|\\[^])*"?|[{}[\],:]|[^\s"{}[\],:]+/g;
  let previous = '';
  for (const [token] of source.matchAll(tokens)) {
    const closes = token === '}' || token === ']';
    if (closes) depth = Math.max(0, depth - 1);
    const afterOpening = previous === '{' || previous === '[';
    if (depth < MAX_DEPTH && (closes ? !afterOpening : afterOpening || previous === ',')) newline();
    push(token === ':' ? ': ' : visible(token));
    if (token === '{' || token === '[') depth += 1;
    previous = token;
    if (length > maxLength) return { text: out.join('').slice(0, maxLength), cut: true };
  }
  return { text: out.join(''), cut: false };
}

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
