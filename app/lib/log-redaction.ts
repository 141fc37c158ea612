/** Names whose values no line may show, at its top or one level below. */
const HIDDEN: ReadonlySet<string> = new Set([
  'secret',
  'token',
  'password',
  'authorization',
  'body',
  'content',
]);
/** At its top alone. */
const HIDDEN_AT_TOP: ReadonlySet<string> = new Set([...HIDDEN, 'headers']);
const CENSOR = '[redacted]';

type Fields = Record<string, unknown>;

/**
 * The fields of a log line without the values that bear such a name. What is passed stays as it is. pino's own redaction does the
 * same by paths, and takes 8 µs a line for it, twice as long as all the rest of the line.
 */
export function redacted(fields: Fields): Fields {
  let shown = fields;
  for (const key in fields) {
    const value = fields[key];
    const safe = HIDDEN_AT_TOP.has(key) ? CENSOR : below(key, value);
    if (safe === value) continue;
    if (shown === fields) shown = { ...fields };
    shown[key] = safe;
  }
  return shown;
}

/** An error under `err` is described by its serializer, which takes none of its own properties. */
function below(name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || (name === 'err' && value instanceof Error)) return value;
  let shown: object = value;
  for (const key of Object.keys(value)) {
    if (!HIDDEN.has(key)) continue;
    if (shown === value) shown = { ...value };
    (shown as Fields)[key] = CENSOR;
  }
  return shown;
}
