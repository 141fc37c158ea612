import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/**
 * The secret that signs session cookies and encrypts second factors: SESSION_SECRET, or one that is made once and kept
 * in `DATA_DIR/secrets`, readable by the app's user only. Web processes on several machines need the same one.
 * @throws Error when the file can be neither read nor made
 */
export function readOrMakeSessionSecret(configured: string | undefined, dataDir: string): string {
  if (configured) return configured;
  const folder = path.join(dataDir, 'secrets');
  const file = path.join(folder, 'session-secret');
  return readSecret(file) ?? makeSecret(file, folder, dataDir);
}

function readSecret(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function makeSecret(file: string, folder: string, dataDir: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const secret = randomBytes(32).toString('base64url');
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, `${secret}\n`, { flag: 'wx', mode: 0o600, flush: true });
  if (process.getuid?.() === 0) {
    // A command run as root must not lock out the user that the app runs as.
    const { uid, gid } = statSync(dataDir);
    chownSync(temporary, uid, gid);
    chownSync(folder, uid, gid);
  }
  try {
    // Of several processes that start together the first one's secret stands: a link never replaces.
    linkSync(temporary, file);
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readSecret(file)!;
  } finally {
    unlinkSync(temporary);
  }
}

/** 32 random bytes as text that is safe in an address: nobody guesses it, so a plain hash is enough to keep. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What the database keeps of a token. */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * What a cookie holds whose signature is ours, as better-auth signs: `value.signature`, encoded for an address.
 * @returns null for any other, and while the secret cannot be read
 */
export function signedValue(cookie: string | null, secret: () => string): string | null {
  try {
    const text = decodeURIComponent(cookie ?? '');
    const at = text.lastIndexOf('.');
    if (at < 1) return null;
    const value = text.slice(0, at);
    const ours = createHmac('sha256', secret()).update(value).digest();
    const theirs = Buffer.from(text.slice(at + 1), 'base64');
    return theirs.length === ours.length && timingSafeEqual(theirs, ours) ? value : null;
  } catch {
    return null;
  }
}
