import { hash } from 'node:crypto';
import { storableText } from '../../lib/storable.ts';
import { visible } from '../../lib/visible.ts';
import type { JsonObject } from './parse-webhook-body.ts';

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
