/** What people type, and what is found for it. */

/** In UTF-16 units; more is cut. */
export const LONGEST_QUERY = 100;
const MOST_WORDS = 6;
/** One letter begins too many names. */
const SHORTEST_WORD = 2;

const KINDS = ['conversation', 'incident', 'dead letter', 'ticket'] as const;

export interface Asked {
  /** Only of this kind; null: of all. */
  kind: (typeof KINDS)[number] | null;
  /** A number without leading zeros, at most 18 digits. */
  id: string | null;
  /** Without a number: the words that were typed. */
  words: string[];
}

/** Something that was found; the page and the palette say it as "label: state since …, by". */
export interface Found {
  kind: 'Conversation' | 'Incident' | 'Dead letter' | 'Ticket';
  label: string;
  state: string;
  /** Since when it waits, it began, or it was received, ISO. */
  since: string | null;
  by: string | null;
  to: string;
  /** The conversation in Chatwoot; null when it is not connected. */
  chatwoot?: string | null;
  deadLetters?: string;
}

export interface SearchAnswer {
  /** As it was understood. */
  query: string;
  found: Found[];
  /** Why there is no answer, in a sentence. */
  problem: string | null;
}

const NUMBER = new RegExp(`^(?:(${KINDS.join('|')})s?\\s*)?#?0*(\\d{1,18})$`, 'i');

/** What is meant by what was typed: `12`, `#12`, `incident 12`, `ada`, `Ada Lovelace`; null: nothing that could be looked for. */
export function asked(typed: string): Asked | null {
  const text = typed.trim().slice(0, LONGEST_QUERY);
  const number = NUMBER.exec(text);
  if (number) {
    const kind = KINDS.find((one) => one === number[1]?.toLowerCase()) ?? null;
    return { kind, id: number[2]!, words: [] };
  }
  const words = text
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, MOST_WORDS);
  return words.some((word) => [...word].length >= SHORTEST_WORD) ? { kind: null, id: null, words } : null;
}
