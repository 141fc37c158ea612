import { wordOf } from '../../../lib/json.ts';
import { cut, visible } from '../../../lib/visible.ts';
import { isSecretField, SECRET } from '../fact-payload.ts';

/** Text for a page: what was left out is said, never silently dropped. */
export interface PrettyText {
  text: string;
  /** The text was cut at the limit. */
  cut: boolean;
}

/** Deeper levels stay on one line: indentation of a hostile document would be longer than the document. */
const MAX_DEPTH = 30;

/** Pieces of JSON: strings (the last may be cut off), brackets and signs, everything else but white space. */
const TOKENS = /"(?:[^"\\]|\\[^])*"?|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * Indents JSON without parsing it, so that large numbers, duplicate keys and escapes show exactly as received,
 * and no nesting is too deep. Text that is not JSON comes out readable too. Values of fields that hold credentials
 * are left out (fact-payload.ts).
 * @param maxLength characters of the result, after which it is cut
 */
export function prettyJson(source: string, maxLength = 262_144): PrettyText {
  const out: string[] = [];
  let length = 0;
  let depth = 0;
  const push = (piece: string) => {
    out.push(piece);
    length += piece.length;
  };
  const newline = () => push(`\n${'  '.repeat(depth)}`);
  let previous = '';
  for (const token of withoutSecrets(source.matchAll(TOKENS))) {
    const closes = token === '}' || token === ']';
    if (closes) depth = Math.max(0, depth - 1);
    const afterOpening = previous === '{' || previous === '[';
    if (depth < MAX_DEPTH && (closes ? !afterOpening : afterOpening || previous === ',')) newline();
    push(token === ':' ? ': ' : visible(token));
    if (token === '{' || token === '[') depth += 1;
    previous = token;
    if (length > maxLength) return { text: out.join('').slice(0, maxLength), cut: true };
  }
  return { text: out.join(''), cut: false };
}

/** Beginning of an answer that may quote the payload: as it is, but for the values of fields that hold credentials. */
export function quotedAnswer(text: string): string {
  if (!/"[^"]{1,100}"\s{0,20}:/.test(text)) return text;
  let from = 0;
  let out = '';
  let hidden = false;
  for (const { token, at, secret } of markSecrets(text.matchAll(TOKENS))) {
    if (!secret) {
      hidden = false;
      continue;
    }
    out += text.slice(from, at) + (hidden ? '' : JSON.stringify(SECRET));
    from = at + token.length;
    hidden = true;
  }
  return out + text.slice(from);
}

function* withoutSecrets(matches: Iterable<RegExpExecArray>): Generator<string> {
  let hidden = false;
  for (const { token, secret } of markSecrets(matches)) {
    if (!secret) yield token;
    else if (!hidden) yield JSON.stringify(SECRET);
    hidden = secret;
  }
}

/** Which tokens belong to the value of a field that holds a credential; `null` says nothing and stays. */
function* markSecrets(
  matches: Iterable<RegExpExecArray>,
): Generator<{ token: string; at: number; secret: boolean }> {
  let previous = '';
  let waiting = false;
  let inside = 0;
  for (const { 0: token, index: at } of matches) {
    const secret = inside > 0 || (waiting && token !== 'null');
    waiting = false;
    if (secret && (token === '{' || token === '[')) inside += 1;
    if (secret && (token === '}' || token === ']')) inside -= 1;
    if (!secret && token === ':') waiting = isSecretField(nameOf(previous));
    previous = token;
    yield { token, at, secret };
  }
}

/** A field's name from its token, whose characters may be escaped. */
function nameOf(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

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
