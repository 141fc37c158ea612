import { type Problem, problemResponse } from './problem.ts';
import { isSameOrigin, ownPath } from './same-origin.ts';

/** A form that may be acted on, and how to answer it. */
export interface FormAction {
  fields: URLSearchParams;
  /** The caller is a program or the enhanced page, and reads JSON. */
  wantsJson: boolean;
  /** Path on this site that the form was sent from, for the redirect. */
  returnTo: string;
}

const REFUSALS = {
  method: {
    status: 405,
    title: 'Method not allowed',
    code: 'method_not_allowed',
    detail: 'This address only takes POST.',
    headers: { Allow: 'POST' },
  },
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
    detail: 'Send the fields as application/x-www-form-urlencoded.',
  },
  too_large: {
    status: 413,
    title: 'Form too large',
    code: 'form_too_large',
    detail: 'The form is over 1 MB: select by filter instead of one by one.',
  },
} as const satisfies Record<string, Problem>;

/** Answer to a GET of an action's address. */
export const methodNotAllowed = () => problemResponse(REFUSALS.method);

/** The action of an address without one. @param instead what is to be used, a sentence */
export const onlyRead = (instead?: string) =>
  problemResponse({
    status: 405,
    title: 'Method not allowed',
    code: 'method_not_allowed',
    detail: ['This address is only read.', instead].filter(Boolean).join(' '),
    headers: { Allow: 'GET' },
  });

/**
 * Reads a form POST and judges whether it may be acted on: method, origin, kind and size.
 * `returnTo` is the field of that name, else the Referer, else `/`; another site's address is never followed.
 * @param appUrl address of the app as people reach it, if configured
 * @returns the form, or the answer that refuses it
 */
export async function receiveForm(
  request: Request,
  appUrl: string | undefined,
): Promise<FormAction | Response> {
  if (request.method !== 'POST') return methodNotAllowed();
  const appOrigin = appUrl ? [new URL(appUrl).origin] : [];
  if (!isSameOrigin(request.headers, appOrigin)) return problemResponse(REFUSALS.origin);
  const form = await readForm(request);
  if (form.outcome !== 'form') return problemResponse(REFUSALS[form.outcome]);
  const { fields } = form;
  const wish = fields.get('returnTo');
  const referer = request.headers.get('Referer');
  const base = appOrigin.find((origin) => referer?.startsWith(`${origin}/`)) ?? request.url;
  return {
    fields,
    wantsJson: (request.headers.get('Accept') ?? '').includes('application/json'),
    returnTo: wish ? ownPath(wish, request.url) : ownPath(referer, base),
  };
}

/**
 * JSON for programs and the enhanced page; for a plain form the way back (303), so that a reload sends nothing again. What was
 * not done is a problem for programs: with the sentence that the page would show, and what `body` tells of it.
 * @param answer.say the sentence of the page at `location`, by its query
 */
export function answerForm(
  form: FormAction,
  answer: {
    status: number;
    body: object & { outcome?: string };
    location: string;
    say?: (query: URLSearchParams) => { text: string } | null;
  },
): Response {
  const { status, body, location, say } = answer;
  if (!form.wantsJson) return new Response(null, { status: 303, headers: { Location: location } });
  if (status < 400) return Response.json(body, { status, headers: { 'Cache-Control': 'no-store' } });
  const detail = say?.(new URL(location, 'http://page').searchParams)?.text ?? 'Nothing was done.';
  const code = body.outcome ?? 'not_done';
  return problemResponse({ status, title: 'Nothing was done', code, detail, more: body });
}

/** Largest form an action takes: 10,000 selected entries are about 130 kB. */
const MAX_FORM_BYTES = 1_048_576;

/**
 * What is larger is read on to so many times the limit and dropped: closed at once, the connection would be reset and the answer
 * lost.
 */
const DROPPED = 16;

type FormOutcome =
  { outcome: 'form'; fields: URLSearchParams } | { outcome: 'too_large' } | { outcome: 'not_a_form' };

/**
 * Reads an `application/x-www-form-urlencoded` body, as a page's forms and fetchers send it, up to a limit.
 */
async function readForm(request: Request, maxBytes = MAX_FORM_BYTES): Promise<FormOutcome> {
  const type = (request.headers.get('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return { outcome: 'not_a_form' };
  if (!request.body) return { outcome: 'form', fields: new URLSearchParams() };
  const bytes = await readBytes(request, maxBytes);
  if (bytes === null) return { outcome: 'too_large' };
  const sent = new URLSearchParams(bytes.toString('utf8'));
  // PostgreSQL's text takes every character but NUL.
  const fields = [...sent].map(([name, value]) => [name, value.replaceAll('\0', '')]);
  return { outcome: 'form', fields: new URLSearchParams(fields) };
}

/** The body of a request, up to a limit. @returns null: it is larger */
export async function readBytes(request: Request, maxBytes: number): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else if (size > DROPPED * Math.max(maxBytes, MAX_FORM_BYTES)) break;
  }
  return size > maxBytes ? null : Buffer.concat(chunks);
}

const UPLOAD_REFUSALS = {
  not_a_form: {
    ...REFUSALS.not_a_form,
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
  if (!/^multipart\/form-data\s*;/i.test(type)) return problemResponse(UPLOAD_REFUSALS.not_a_form);
  const bytes = await readBytes(request, maxBytes + ROOM);
  if (bytes === null) return problemResponse(UPLOAD_REFUSALS.too_large);
  try {
    return await new Response(bytes, { headers: { 'Content-Type': type } }).formData();
  } catch {
    return problemResponse(UPLOAD_REFUSALS.not_a_form);
  }
}
