import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../people/person-input.ts';

/** Fewer guesses than these, as a power of ten, somebody makes who has the hash: zxcvbn's "safely unguessable" begins here. */
const GUESSES_LOG10 = 8;
/** What somebody who knows this app tries first. */
const OWN_WORDS = ['outage', 'center', 'outagecenter', 'chatwoot', 'support', 'hotrodan'];

let strength: ZxcvbnFactory | undefined;

/**
 * What is wrong with a new password, in a sentence; null when it will do. Length counts, not decoration, and what is on the
 * lists of common ones, also bent a little, is none (NIST SP 800-63B, 3.1.1.2).
 * @param own what belongs to the person: e-mail address, name
 */
export function passwordProblem(password: string, own: readonly (string | null)[]): string | null {
  if (password.length < SHORTEST_PASSWORD)
    return `The password has to be at least ${SHORTEST_PASSWORD} characters long.`;
  if (password.length > LONGEST_PASSWORD)
    return `The password can be at most ${LONGEST_PASSWORD} characters long.`;
  if (new Set(password).size < 5) return 'The password repeats too few characters.';
  const words = own.flatMap((text) => {
    const parts = (text ?? '').toLowerCase().split(/[^\p{L}\p{N}]+/u);
    return [...parts, parts.join('')].filter(Boolean);
  });
  const local = own[0]?.split('@')[0]?.toLowerCase();
  if (local && password.toLowerCase().includes(local.padEnd(4)))
    return 'The password contains your e-mail address.';
  // Half a megabyte of lists, read when somebody first chooses a password.
  strength ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  const { guessesLog10 } = strength.check(password, [...words, ...OWN_WORDS]);
  return guessesLog10 < GUESSES_LOG10
    ? 'This password is on the lists that are tried first, or close to them. Several words that do not belong together are better.'
    : null;
}
