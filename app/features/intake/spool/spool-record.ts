import { hash } from 'node:crypto';
import type { InboxRow } from '../inbox-row.ts';

/**
 * A record of the spool: magic, length of what follows the checksum, its SHA-256, then length of the JSON,
 * the JSON (everything but the body) and the body. All lengths are unsigned 32-bit, big-endian.
 */
const MAGIC = Buffer.from('OCS1');
const LENGTH_AT = 4;
const CHECKSUM_AT = 8;
const PAYLOAD_AT = 40;
/** More than any body that settings allow; a greater length is not a length. */
const LARGEST_PAYLOAD = 1 << 28;

export function encodeSpoolRecord(row: InboxRow): Buffer {
  const { body, dedupeKey, ...rest } = row;
  const json = Buffer.from(JSON.stringify({ ...rest, dedupeKey: dedupeKey.toString('hex') }));
  const record = Buffer.allocUnsafe(PAYLOAD_AT + 4 + json.length + body.length);
  MAGIC.copy(record);
  record.writeUInt32BE(record.length - PAYLOAD_AT, LENGTH_AT);
  record.writeUInt32BE(json.length, PAYLOAD_AT);
  json.copy(record, PAYLOAD_AT + 4);
  body.copy(record, PAYLOAD_AT + 4 + json.length);
  hash('sha256', record.subarray(PAYLOAD_AT), 'buffer').copy(record, CHECKSUM_AT);
  return record;
}

export type DecodedRecord =
  | { kind: 'record'; row: InboxRow; next: number }
  /** More bytes are needed to know, `missing` at least. */
  | { kind: 'short'; missing: number }
  /** No record starts here: torn or damaged. */
  | { kind: 'damaged' };

/** Reads the record that starts at `at`. */
export function decodeSpoolRecord(bytes: Buffer, at: number): DecodedRecord {
  const available = bytes.length - at;
  if (available < PAYLOAD_AT) {
    const start = bytes.subarray(at, at + MAGIC.length);
    return start.equals(MAGIC.subarray(0, start.length))
      ? { kind: 'short', missing: PAYLOAD_AT - available }
      : { kind: 'damaged' };
  }
  if (bytes.compare(MAGIC, 0, MAGIC.length, at, at + MAGIC.length) !== 0) return { kind: 'damaged' };
  const length = bytes.readUInt32BE(at + LENGTH_AT);
  if (length > LARGEST_PAYLOAD) return { kind: 'damaged' };
  if (available < PAYLOAD_AT + length) return { kind: 'short', missing: PAYLOAD_AT + length - available };
  const next = at + PAYLOAD_AT + length;
  const payload = bytes.subarray(at + PAYLOAD_AT, next);
  const checksum = bytes.subarray(at + CHECKSUM_AT, at + PAYLOAD_AT);
  if (length < 4 || !hash('sha256', payload, 'buffer').equals(checksum)) return { kind: 'damaged' };
  const jsonLength = payload.readUInt32BE(0);
  const { dedupeKey, receivedAt, order, ...rest } = JSON.parse(
    payload.toString('utf8', 4, 4 + jsonLength),
  ) as Omit<InboxRow, 'dedupeKey' | 'receivedAt' | 'body' | 'order'> & {
    dedupeKey: string;
    receivedAt: string;
    order?: { at: string; id: string } | null;
  };
  const row = {
    ...rest,
    dedupeKey: Buffer.from(dedupeKey, 'hex'),
    receivedAt: new Date(receivedAt),
    ...(order && { order: { ...order, at: new Date(order.at) } }),
    body: payload.subarray(4 + jsonLength),
  };
  return { kind: 'record', row, next };
}

/** Where a record may start at or after `from`, or -1. */
export function possibleRecordStart(bytes: Buffer, from: number): number {
  return bytes.indexOf(MAGIC, from);
}
