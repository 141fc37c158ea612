import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes as text that is safe in an address: nobody guesses it, so a plain hash is enough to keep. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What the database keeps of a token. */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();
