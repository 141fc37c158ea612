/**
 * A text of at most `limit` UTF-16 units, as other services count, ending in "…" where something was left out;
 * never with half a character at its end.
 */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - 1);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
