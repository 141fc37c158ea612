/**
 * "1 message", "37 messages", "1,204 webhooks".
 * @param noun in the singular; the plural gets an s
 */
export function countText(n: number, noun: string): string {
  return `${numberText(n)} ${n === 1 ? noun : `${noun}s`}`;
}

/** Thousands with commas, the same on every machine. */
export function numberText(n: number): string {
  return n.toLocaleString('en-US');
}

/** A share as a percentage with one decimal, rounded down so that it never looks better than it is. */
export function percentText(share: number): string {
  // 0.29 * 1000 is 289.999…: a millionth takes care of what binary fractions cannot say.
  return `${Math.floor(share * 1000 + 1e-6) / 10} %`;
}

/** Of a list, in a sentence: "a", "a and b", "a, b and c". */
export function listText(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
