import type { FileHandle } from 'node:fs/promises';
import type { Logger } from '../../../lib/log.server.ts';
import type { InboxRow } from '../inbox-row.ts';
import type { SpoolFile } from './spool-file.server.ts';
import { decodeSpoolRecord, possibleRecordStart } from './spool-record.ts';

/** Positions are bytes from the beginning of the file; `next` is where to read on. */
export type SpoolChunk =
  | { kind: 'records'; records: { row: InboxRow; next: number }[]; next: number }
  /** No record here though records follow: the disk has lost something that was acknowledged. */
  | { kind: 'damaged'; next: number }
  /** A record begins here and is not whole, and nothing follows it. */
  | { kind: 'torn'; next: number };

const CHUNK_BYTES = 1 << 20;
const CHUNK_RECORDS = 500;

/**
 * Reads records from `from` until about CHUNK_BYTES or CHUNK_RECORDS, at least one.
 * @param to greater than `from`; the end of the file, or of what is known to be whole
 */
export async function readSpool(handle: FileHandle, from: number, to: number): Promise<SpoolChunk> {
  const records: { row: InboxRow; next: number }[] = [];
  let bytes = await readBytes(handle, from, Math.min(to, from + CHUNK_BYTES));
  let at = 0;
  while (from + at < to && records.length < CHUNK_RECORDS) {
    const decoded = decodeSpoolRecord(bytes, at);
    if (decoded.kind === 'record') {
      at = decoded.next;
      records.push({ row: decoded.row, next: from + at });
    } else if (records.length > 0) {
      break;
    } else if (decoded.kind === 'short' && from + bytes.length + decoded.missing <= to) {
      bytes = await readBytes(handle, from, from + bytes.length + decoded.missing);
    } else {
      const next = await findRecord(handle, from + 1, to);
      return next === null ? { kind: 'torn', next: to } : { kind: 'damaged', next };
    }
  }
  return { kind: 'records', records, next: from + at };
}

/** The start of the first whole record at or after `from`, looked for in steps of CHUNK_BYTES. */
async function findRecord(handle: FileHandle, from: number, to: number): Promise<number | null> {
  const overlap = 3;
  for (let window = from; window < to; window += CHUNK_BYTES) {
    const bytes = await readBytes(handle, window, Math.min(to, window + CHUNK_BYTES + overlap));
    for (let at = possibleRecordStart(bytes, 0); at !== -1; at = possibleRecordStart(bytes, at + 1))
      if (await isRecord(handle, window + at, to)) return window + at;
  }
  return null;
}

async function isRecord(handle: FileHandle, at: number, to: number): Promise<boolean> {
  let end = Math.min(to, at + 4096);
  for (;;) {
    const decoded = decodeSpoolRecord(await readBytes(handle, at, end), 0);
    if (decoded.kind !== 'short') return decoded.kind === 'record';
    if (end + decoded.missing > to) return false;
    end += decoded.missing;
  }
}

export async function readBytes(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(to - from);
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, from + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/**
 * Counts the records of a file that was taken over and finds its end. A last record that is not whole was
 * being written when the process died: it was never acknowledged and is cut off.
 */
export async function scanSpoolFile(file: SpoolFile, log: Logger): Promise<void> {
  const { size } = await file.handle.stat();
  let end = 0;
  let total = 0;
  while (end < size) {
    const chunk = await readSpool(file.handle, end, size);
    if (chunk.kind === 'torn') {
      log.warn({ file: file.id, bytes: size - end }, 'torn last record of the spool cut off');
      await file.handle.truncate(end);
      await file.handle.datasync();
      break;
    }
    if (chunk.kind === 'records') {
      if (total === 0) file.since = chunk.records[0]?.row.receivedAt ?? file.since;
      total += chunk.records.length;
    }
    end = chunk.next;
  }
  file.total = total;
  file.left = total;
  file.end = end;
}
