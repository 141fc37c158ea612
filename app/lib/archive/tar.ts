/** A file in an archive: whole in memory, so it has to be of a few megabytes. */
export interface ArchiveEntry {
  /** At most 100 bytes. */
  name: string;
  body: Buffer;
}

const BLOCK = 512;
const END = Buffer.alloc(2 * BLOCK);

/** Entries as a tar file (POSIX.1-1988, ustar), which `tar` reads. */
export async function* packTar(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer> {
  for await (const { name, body } of entries) {
    yield headerOf(name, body.length);
    yield body;
    yield Buffer.alloc(-body.length & (BLOCK - 1));
  }
  yield END;
}

/** @throws Error when the bytes are no tar file of ours, or end in the middle of an entry */
export async function* unpackTar(source: AsyncIterable<Buffer>): AsyncGenerator<ArchiveEntry> {
  const reader = createByteReader(source);
  for (;;) {
    const header = await reader.take(BLOCK);
    if (header.length < BLOCK) throw new Error('it ends in the middle');
    if (header.every((byte) => byte === 0)) break;
    if (fieldOf(header, CHECKSUM) !== octal(checksumOf(header), 6)) throw new Error('an entry has no header');
    const name = fieldOf(header, NAME);
    const size = Number.parseInt(fieldOf(header, SIZE), 8);
    const body = await reader.take(size);
    const padding = await reader.take(-size & (BLOCK - 1));
    if (body.length < size || padding.length < (-size & (BLOCK - 1)))
      throw new Error('it ends in the middle');
    yield { name, body };
  }
  // What lies behind is read, too: compression and encryption have checks of their own at the end.
  while ((await reader.take(1 << 16)).length > 0);
}

/** Where a field of the header begins, and how many bytes it has. */
type Field = readonly [at: number, bytes: number];
const NAME: Field = [0, 100];
const MODE: Field = [100, 8];
const OWNER: Field = [108, 8];
const GROUP: Field = [116, 8];
const SIZE: Field = [124, 12];
const CHANGED: Field = [136, 12];
const CHECKSUM: Field = [148, 8];
const TYPE: Field = [156, 1];
const MAGIC: Field = [257, 8];

const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
const fieldOf = (header: Buffer, [at, bytes]: Field) =>
  header.toString('utf8', at, at + bytes).replace(/[\0 ].*$/s, '');

function headerOf(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > NAME[1]) throw new Error(`${name} is too long a name for an archive`);
  const header = Buffer.alloc(BLOCK);
  const put = ([at]: Field, text: string) => header.write(text, at);
  put(NAME, name);
  put(MODE, '0000600');
  put(OWNER, '0000000');
  put(GROUP, '0000000');
  put(SIZE, octal(size, 11));
  put(CHANGED, octal(0, 11));
  put(TYPE, '0');
  put(MAGIC, 'ustar\x0000');
  put(CHECKSUM, `${octal(checksumOf(header), 6)}\0 `);
  return header;
}

/** The sum of all bytes, with the checksum itself taken for spaces. */
function checksumOf(header: Buffer): number {
  const [from, bytes] = CHECKSUM;
  return header.reduce((sum, byte, at) => sum + (at >= from && at < from + bytes ? 0x20 : byte), 0);
}

/** Hands out a stream of bytes in the pieces that a format asks for. */
export interface ByteReader {
  /** @returns exactly so many bytes; fewer only at the end */
  take(bytes: number): Promise<Buffer>;
  /** @returns what stands before the next line feed; null when none comes within `most` bytes */
  line(most: number): Promise<string | null>;
}

export function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function fill(bytes: number): Promise<void> {
    const parts = [held];
    let size = held.length;
    while (size < bytes) {
      const next = await chunks.next();
      if (next.done) break;
      parts.push(next.value);
      size += next.value.length;
    }
    held = parts.length === 1 ? held : Buffer.concat(parts);
  }
  function cut(bytes: number): Buffer {
    const taken = held.subarray(0, bytes);
    held = held.subarray(bytes);
    return taken;
  }
  return {
    async take(bytes) {
      await fill(bytes);
      return cut(bytes);
    },
    async line(most) {
      await fill(most);
      const end = held.subarray(0, most).indexOf(0x0a);
      if (end === -1) return null;
      const text = cut(end).toString('utf8');
      cut(1);
      return text;
    },
  };
}
