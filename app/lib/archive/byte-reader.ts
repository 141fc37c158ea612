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
