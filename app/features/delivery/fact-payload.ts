/**
 * The received JSON as text that PostgreSQL's jsonb takes. jsonb has no U+0000, no lone surrogates and no infinite
 * numbers, which JSON can carry: they are replaced here; the received bytes stay as they are in `webhook_events`.
 */
export function factPayload(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  return JSON.stringify(JSON.parse(text), (_key, value: unknown) => {
    if (typeof value === 'string') return clean(value);
    if (value && typeof value === 'object' && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), inner]));
    }
    return value;
  });
}

function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
