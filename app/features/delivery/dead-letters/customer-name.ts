import { wordOf } from '../../../lib/json.ts';
import { cut, visible } from '../../../lib/visible.ts';

/** Longer names are cut: a name is the customer's own text. */
const MAX_NAME = 80;

/** SQL that unpacks a dead letter's fact `f` once: each `f.value->…` would do so again, and the fact of an e-mail is large. */
export const UNPACKED = `CROSS JOIN LATERAL (
  SELECT * FROM jsonb_to_record(f.value) AS r (payload jsonb, "lastError" text, attempts int) OFFSET 0) v`;

/** SQL for the customer's name in what was unpacked; where it stands in a payload is in Chatwoot's shapes. */
export const CUSTOMER_NAME = `COALESCE(
  v.payload #>> '{conversation,meta,sender,name}',
  v.payload #>> '{meta,sender,name}',
  v.payload #>> '{contact,name}',
  CASE WHEN v.payload->>'event' LIKE 'contact%' THEN v.payload->>'name' END)`;

/** A name for a page: nothing in it acts, and it does not fill the screen. */
export function shownName(name: string | null): string | null {
  const trimmed = name?.trim();
  if (!trimmed) return null;
  return visible(cut(trimmed, MAX_NAME));
}

/** The same from a payload that was read already. */
export function customerNameOf(payload: unknown): string | null {
  const at = (value: unknown, ...path: string[]): unknown =>
    path.reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : null,
      value,
    );
  const isContact = wordOf(at(payload, 'event')).startsWith('contact');
  const name =
    at(payload, 'conversation', 'meta', 'sender', 'name') ??
    at(payload, 'meta', 'sender', 'name') ??
    at(payload, 'contact', 'name') ??
    (isContact ? at(payload, 'name') : null);
  return shownName(typeof name === 'string' ? name : null);
}
