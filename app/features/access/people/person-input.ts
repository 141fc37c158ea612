import { z } from 'zod';
import { cut, typedLine } from '../../../lib/visible.ts';

const LONGEST_NAME = 100;
const LONGEST_EMAIL = 254;
export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 128;

/** A name, as its owner writes it, in one line; null when nothing of it shows. */
export const parseName = (text: string | null): string | null =>
  cut(typedLine(text ?? ''), LONGEST_NAME) || null;

/** An e-mail address in lower case; null when it is none. */
export function parseEmail(text: string | null): string | null {
  const email = typedLine(text ?? '').toLowerCase();
  return email.length <= LONGEST_EMAIL && z.email().safeParse(email).success ? email : null;
}

export function parseRole(text: string | null): 'viewer' | 'responder' | 'admin' | null {
  return text === 'viewer' || text === 'responder' || text === 'admin' ? text : null;
}
