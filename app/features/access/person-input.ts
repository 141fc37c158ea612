import { z } from 'zod';

const LONGEST_NAME = 100;
const LONGEST_EMAIL = 254;
export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 128;

/** A name as it stands on pages: one line without characters that do not show. */
export function parseName(text: string | null): string | null {
  const name = (text ?? '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
    .toWellFormed();
  return name || null;
}

/** An e-mail address in lower case; null when it is none. */
export function parseEmail(text: string | null): string | null {
  const email = (text ?? '').trim().toLowerCase();
  return email.length <= LONGEST_EMAIL && z.email().safeParse(email).success ? email : null;
}

export function parseRole(text: string | null): 'viewer' | 'responder' | 'admin' | null {
  return text === 'viewer' || text === 'responder' || text === 'admin' ? text : null;
}

/** What is wrong with a new password, in a sentence; null when it will do. Length counts, not decoration (NIST SP 800-63B). */
export function passwordProblem(password: string, email: string | null): string | null {
  if (password.length < SHORTEST_PASSWORD)
    return `The password has to be at least ${SHORTEST_PASSWORD} characters long.`;
  if (password.length > LONGEST_PASSWORD)
    return `The password can be at most ${LONGEST_PASSWORD} characters long.`;
  if (new Set(password).size < 5) return 'The password repeats too few characters.';
  if (email && password.toLowerCase().includes(email.split('@')[0]!.toLowerCase().padEnd(4)))
    return 'The password contains your e-mail address.';
  return null;
}
