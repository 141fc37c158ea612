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
