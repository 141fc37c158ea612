import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { parseExact } from '../../lib/json.ts';
import { storableText } from '../../lib/storable.ts';
import { visible } from '../../lib/visible.ts';

export type JsonObject = Record<string, unknown>;

export type BodyFailure = 'malformed_json' | 'not_utf8' | 'not_an_object' | 'too_deep';

export type ParsedBody = { ok: true; value: JsonObject } | { ok: false; reason: BodyFailure };

/** Real payloads nest about ten levels; what nests deeper could exhaust a stack further down the line. */
const MAX_DEPTH = 200;

const BYTE_ORDER_MARK = '\uFEFF';

/** Reads a webhook's bytes as a JSON object; never throws. */
export function parseWebhookBody(body: Buffer): ParsedBody {
  if (!isUtf8(body)) return { ok: false, reason: 'not_utf8' };
  if (hasMoreOpeners(body, MAX_DEPTH) && isDeeperThan(body, MAX_DEPTH))
    return { ok: false, reason: 'too_deep' };
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = parseExact(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch {
    return { ok: false, reason: 'malformed_json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, reason: 'not_an_object' };
  return { ok: true, value: value as JsonObject };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `{` and `[` */
const OPENERS = [0x7b, 0x5b];

/** A body with few opening brackets cannot be deep: true of nearly all, and a tenth of the work of looking closely. */
function hasMoreOpeners(body: Buffer, limit: number): boolean {
  let openers = 0;
  for (const bracket of OPENERS)
    for (let at = body.indexOf(bracket); at !== -1; at = body.indexOf(bracket, at + 1)) {
      openers += 1;
      if (openers > limit) return true;
    }
  return false;
}

/** Counts brackets outside of strings, byte by byte: about 1 ns a byte, and nothing to overflow. */
function isDeeperThan(body: Buffer, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < body.length; i += 1) {
    const byte = body[i]!;
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    }
  }
  return false;
}

const NOTHING: JsonObject = Object.freeze({});
const LONGEST_ID = 64;

/** The value if it is a JSON object, else an empty one: payloads of any shape can be looked into. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : NOTHING;
}

/**
 * An id as text, a number and its digits being the same id.
 * @returns null when the value cannot be an id; a digest when it is too long for an index or would act on a page
 */
export function idText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value !== 'string' || value === '') return null;
  const text = storableText(value, LONGEST_ID);
  return visible(text) === value ? text : `sha256-${hash('sha256', value, 'hex')}`;
}
