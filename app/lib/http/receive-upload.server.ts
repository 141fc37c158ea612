import { problemResponse, type Problem } from './problem.ts';
import { isSameOrigin } from './same-origin.ts';

const REFUSALS = {
  origin: {
    status: 403,
    title: 'Other origin',
    code: 'other_origin',
    detail: 'This form was sent from another site. Open the page itself and try again.',
  },
  not_a_form: {
    status: 415,
    title: 'Not a form',
    code: 'not_a_form',
    detail: 'Send the fields as multipart/form-data.',
  },
  too_large: {
    status: 413,
    title: 'File too large',
    code: 'file_too_large',
    detail: 'The file is over 1 MB: split it.',
  },
} as const satisfies Record<string, Problem>;

/** Beside the file: other fields, boundaries, headers of the parts. */
const ROOM = 1_100_000;
/** What is larger is read on to here and dropped: closed at once, the connection would be reset and the answer lost. */
const DROPPED = 16;

/**
 * Reads a form with a file, as a page's forms send it (`multipart/form-data`), up to a limit.
 * @param maxBytes of the file; the text of a field may be as long
 * @returns its fields, or the answer that refuses it
 */
export async function receiveUpload(
  request: Request,
  appUrl: string | undefined,
  maxBytes: number,
): Promise<FormData | Response> {
  const appOrigin = appUrl ? [new URL(appUrl).origin] : [];
  if (!isSameOrigin(request.headers, appOrigin)) return problemResponse(REFUSALS.origin);
  const type = request.headers.get('Content-Type') ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) return problemResponse(REFUSALS.not_a_form);
  const most = maxBytes + ROOM;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= most) chunks.push(chunk);
    else if (size > DROPPED * most) break;
  }
  if (size > most) return problemResponse(REFUSALS.too_large);
  try {
    return await new Response(Buffer.concat(chunks), { headers: { 'Content-Type': type } }).formData();
  } catch {
    return problemResponse(REFUSALS.not_a_form);
  }
}
