import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionKey } from './settings/config.ts';

/**
 * Stored bytes of a message are either as received or sealed. No message begins with this byte: it is a JSON object in
 * UTF-8, so it begins with white space, a brace or a byte order mark. So rows of both kinds may stand side by side.
 */
const SEALED = 0x01;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const TEXT_MARK = 'sealed:';

export type Opened =
  | { outcome: 'open'; body: Buffer }
  /** Removed after the retention time. */
  | { outcome: 'removed' }
  /** The key of that name is not configured. */
  | { outcome: 'no_key'; keyId: string }
  /** Not what was written: damaged, moved to another event, or another key under the same name. */
  | { outcome: 'damaged' };

/**
 * Bytes as they are stored: sealed with the first key by AES-256-GCM and bound to their event, or unchanged without keys.
 * Layout: 0x01, length of the key's name, the name, 12 random bytes, the tag, the ciphertext.
 */
export function sealBody(keys: readonly EncryptionKey[], body: Buffer, eventId: string): Buffer {
  const [first] = keys;
  if (!first) return body;
  const name = Buffer.from(first.id);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', first.key, nonce).setAAD(Buffer.from(eventId));
  const sealed = cipher.update(body);
  cipher.final();
  return Buffer.concat([Buffer.of(SEALED, name.length), name, nonce, cipher.getAuthTag(), sealed]);
}

export function isSealed(stored: Uint8Array): boolean {
  return stored[0] === SEALED;
}

/** The received bytes from the stored ones; tried with the key that sealed them, whichever place it has in `keys`. */
export function openBody(keys: readonly EncryptionKey[], stored: Buffer, eventId: string): Opened {
  if (stored.length === 0) return { outcome: 'removed' };
  if (!isSealed(stored)) return { outcome: 'open', body: stored };
  const nonceAt = 2 + (stored[1] ?? 0);
  const tagAt = nonceAt + NONCE_BYTES;
  const textAt = tagAt + TAG_BYTES;
  if (stored.length < textAt) return { outcome: 'damaged' };
  const keyId = stored.toString('utf8', 2, nonceAt);
  const key = keys.find(({ id }) => id === keyId);
  if (!key) return { outcome: 'no_key', keyId };
  const decipher = createDecipheriv('aes-256-gcm', key.key, stored.subarray(nonceAt, tagAt))
    .setAAD(Buffer.from(eventId))
    .setAuthTag(stored.subarray(tagAt, textAt));
  try {
    const body = decipher.update(stored.subarray(textAt));
    decipher.final();
    return { outcome: 'open', body };
  } catch {
    return { outcome: 'damaged' };
  }
}

/** The same for a column of text, such as the beginning of the Agent service's answer, which may quote the message. */
export function sealText(keys: readonly EncryptionKey[], text: string, eventId: string): string {
  if (keys.length === 0) return text;
  return TEXT_MARK + sealBody(keys, Buffer.from(text), eventId).toString('base64');
}

/**
 * What outlives a rotation of the keys: whoever reads it keeps it sealed with the newest.
 * @returns null when it is so already, and when it cannot be opened
 */
export function sealAnew(keys: readonly EncryptionKey[], stored: string, eventId: string): string | null {
  const text = openText(keys, stored, eventId);
  if (keys.length === 0 || text === null) return null;
  const isNewest = stored !== text && openText(keys.slice(0, 1), stored, eventId) !== null;
  return isNewest ? null : sealText(keys, text, eventId);
}

/** @returns null when the text was sealed and cannot be opened */
export function openText(keys: readonly EncryptionKey[], stored: string, eventId: string): string | null {
  if (!stored.startsWith(TEXT_MARK)) return stored;
  const bytes = Buffer.from(stored.slice(TEXT_MARK.length), 'base64');
  // Only what carries the mark of a sealed message was sealed: an answer may begin with the same word.
  if (!isSealed(bytes)) return stored;
  const opened = openBody(keys, bytes, eventId);
  return opened.outcome === 'open' ? opened.body.toString('utf8') : null;
}
