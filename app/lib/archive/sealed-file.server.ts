import {
  createCipheriv,
  createDecipheriv,
  hash,
  randomBytes,
  scrypt,
  timingSafeEqual,
  type ScryptOptions,
} from 'node:crypto';
import { promisify } from 'node:util';
import { createByteReader } from './tar.ts';

/** First line of a sealed file; the second one says, as JSON, how the key comes from the passphrase. */
export const SEALED_MARK = 'outage-center sealed 1';
/** Bytes of one piece before it is sealed. */
const PIECE = 1 << 16;
const TAG = 16;
/** In the length of a piece: it is the last one. */
const LAST = 0x8000_0000;
/** 32 MB of memory and a tenth of a second for each guess (RFC 7914). */
const COST = { N: 1 << 15, r: 8, p: 1 };
const LONGEST_LINE = 1024;

/** The passphrase is not the one that the file was sealed with. */
export class WrongKey extends Error {}

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

interface Keys {
  cipher: Buffer;
  /** Tells a wrong passphrase from damage. */
  check: string;
}

async function keysOf(passphrase: string, salt: Buffer, cost: typeof COST): Promise<Keys> {
  const bytes = await derive(passphrase, salt, 64, { ...cost, maxmem: 256 << 20 });
  return { cipher: bytes.subarray(0, 32), check: hash('sha256', bytes.subarray(32), 'base64') };
}

/**
 * Seals a stream by AES-256-GCM under a key of its own. After the two lines come pieces: the length of the sealed bytes (32 bits,
 * big endian, the highest one for the last piece), these, the tag. The nonce is the number of the piece; the lines and the length are authenticated with
 * it, so pieces can be neither changed, moved nor left out, and the end cannot be cut off.
 */
export async function* seal(passphrase: string, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const salt = randomBytes(16);
  const keys = await keysOf(passphrase, salt, COST);
  const header = Buffer.from(
    `${SEALED_MARK}\n${JSON.stringify({ kdf: 'scrypt', ...COST, salt: salt.toString('base64'), check: keys.check })}\n`,
  );
  yield header;
  const reader = createByteReader(source);
  let next = await reader.take(PIECE);
  for (let number = 0; ; number++) {
    const piece = next;
    next = await reader.take(PIECE);
    const length = lengthOf(piece.length, next.length === 0);
    const cipher = createCipheriv('aes-256-gcm', keys.cipher, nonceOf(number)).setAAD(
      Buffer.concat([header, length]),
    );
    yield Buffer.concat([length, cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
    if (next.length === 0) return;
  }
}

/**
 * @throws WrongKey
 * @throws Error when a byte is not as it was written, or the end is missing
 */
export async function* unseal(passphrase: string, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = createByteReader(source);
  const mark = await reader.line(LONGEST_LINE);
  const described = await reader.line(LONGEST_LINE);
  if (mark !== SEALED_MARK || described === null) throw new Error('its first lines are not as written');
  const { N, r, p, salt, check } = JSON.parse(described) as typeof COST & { salt: string; check: string };
  const keys = await keysOf(passphrase, Buffer.from(salt, 'base64'), { N, r, p });
  if (!isSame(keys.check, check)) throw new WrongKey('another key');
  const header = Buffer.from(`${mark}\n${described}\n`);
  for (let number = 0; ; number++) {
    const length = await reader.take(4);
    if (length.length < 4) throw new Error('its end is missing');
    const told = length.readUInt32BE();
    const bytes = (told & ~LAST) >>> 0;
    if (bytes > PIECE) throw new Error('a piece is not as written');
    const sealed = await reader.take(bytes + TAG);
    if (sealed.length < bytes + TAG) throw new Error('its end is missing');
    yield open(keys, number, Buffer.concat([header, length]), sealed);
    if (told >= LAST) return;
  }
}

function open(keys: Keys, number: number, told: Buffer, sealed: Buffer): Buffer {
  const at = sealed.length - TAG;
  const decipher = createDecipheriv('aes-256-gcm', keys.cipher, nonceOf(number))
    .setAAD(told)
    .setAuthTag(sealed.subarray(at));
  return Buffer.concat([decipher.update(sealed.subarray(0, at)), decipher.final()]);
}

function lengthOf(bytes: number, isLast: boolean): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes + (isLast ? LAST : 0));
  return length;
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 8);
  return nonce;
}

const isSame = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
