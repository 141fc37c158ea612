import iconv from 'iconv-lite';

export type Encoding = 'utf8' | 'utf16le' | 'utf16be' | 'windows1252';

/** Share of zero bytes on one side from which a file without a byte order mark is UTF-16: Western text has nearly all. */
const ZEROS = 0.3;
const LOOKED_AT = 4096;

/**
 * A file's text, in the encoding that spreadsheets write: UTF-8 or UTF-16, with or without a byte order mark; what is no
 * UTF-8 is Windows-1252, which Excel writes as "CSV".
 */
export function decodeText(bytes: Buffer): { text: string; encoding: Encoding } {
  const encoding = encodingOf(bytes);
  return { text: iconv.decode(bytes, encoding, { stripBOM: true }), encoding };
}

function encodingOf(bytes: Buffer): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf16be';
  const head = bytes.subarray(0, LOOKED_AT);
  const zeros = [0, 0];
  head.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2]! += 1;
  });
  const [even = 0, odd = 0] = zeros.map((n) => (n * 2) / Math.max(1, head.length));
  if (odd > ZEROS && odd > even) return 'utf16le';
  if (even > ZEROS) return 'utf16be';
  return isUtf8(bytes) ? 'utf8' : 'windows1252';
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
