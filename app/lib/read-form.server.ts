/** Largest form an action takes: 10,000 selected entries are about 130 kB. */
export const MAX_FORM_BYTES = 1_048_576;

/** What is larger is read on to here and dropped: closed at once, the connection would be reset and the answer lost. */
const DROPPED_BYTES = 16 * MAX_FORM_BYTES;

export type FormOutcome =
  { outcome: 'form'; fields: URLSearchParams } | { outcome: 'too_large' } | { outcome: 'not_a_form' };

/**
 * Reads an `application/x-www-form-urlencoded` body, as a page's forms and fetchers send it, up to a limit.
 */
export async function readForm(request: Request, maxBytes = MAX_FORM_BYTES): Promise<FormOutcome> {
  const type = (request.headers.get('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return { outcome: 'not_a_form' };
  if (!request.body) return { outcome: 'form', fields: new URLSearchParams() };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else if (size > DROPPED_BYTES) break;
  }
  if (size > maxBytes) return { outcome: 'too_large' };
  const sent = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
  // PostgreSQL's text takes every character but NUL.
  const fields = [...sent].map(([name, value]) => [name, value.replaceAll('\0', '')]);
  return { outcome: 'form', fields: new URLSearchParams(fields) };
}
