import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { escapeHtml } from '../lib/visible.ts';
import { problemBody } from '../lib/http/problem.ts';
import { ownPath } from '../lib/http/same-origin.ts';
import type { Logger } from '../lib/log.server.ts';

/**
 * Turns the problem details of a refusal into a page when a browser goes to it, by a link or by a form without scripts;
 * programs and the enhanced page get them as they are. It has to stand after whatever compresses.
 * @param appUrl where people reach the app, when a proxy rewrites the Host header
 */
export function refusalsForPeople(
  appUrl: string | undefined,
  stylesheets: readonly string[],
): RequestHandler {
  const appOrigin = appUrl && new URL(appUrl).origin;
  return (request, response, next) => {
    // What the enhanced page and programs fetch takes anything, or JSON.
    if (!(request.headers.accept ?? '').includes('text/html')) return next();
    catchRefusal(response, (body) =>
      problemPage(wordsOf(response.statusCode, body), wayBack(request, appOrigin), stylesheets),
    );
    next();
  };
}

/** Errors that no route answered: problem details without a trace of the code, and a line in the log when it is ours. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return (error: { status?: unknown }, request, response, next) => {
    if (response.headersSent) return next(error);
    const said = Number(error.status);
    const status = said >= 400 && said < 500 ? said : 500;
    if (status === 500) log.error({ err: error, method: request.method }, 'a request failed');
    const { title, sentence: detail } = wordsOf(status, '');
    const code = { 404: 'not_found', 500: 'internal' }[status] ?? 'not_understood';
    response
      .status(status)
      .type('application/problem+json')
      .send(problemBody({ status, title, code, detail }));
  };
}

function wayBack(request: Request, appOrigin: string | undefined): string | null {
  const { referer, host } = request.headers;
  const base =
    appOrigin && referer?.startsWith(`${appOrigin}/`) ? appOrigin : `${request.protocol}://${host}`;
  return ownPath(referer ?? null, base, '') || null;
}

/** Holds back what a route writes of a refusal, and sends what `toPage` makes of it. */
function catchRefusal(response: Response, toPage: (body: string) => string): void {
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => Response;
  const held: Buffer[] = [];
  const isRefusal = () => {
    if (response.headersSent || response.statusCode < 400) return false;
    const type = String(response.getHeader('Content-Type') ?? '');
    // Remix says so in one line of text when a route without a page throws.
    return (
      type.startsWith('application/problem+json') || (response.statusCode === 500 && type === 'text/plain')
    );
  };
  const hold = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) held.push(Buffer.from(chunk as string));
  };
  response.write = (...args: unknown[]) => {
    if (!isRefusal()) return write(...args);
    hold(args[0]);
    return true;
  };
  response.end = (...args: unknown[]) => {
    if (!isRefusal()) return end(...args);
    hold(args[0]);
    const page = toPage(Buffer.concat(held).toString());
    response.removeHeader('ETag');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Content-Length', Buffer.byteLength(page));
    response.setHeader('Cache-Control', 'no-store');
    return end(page);
  };
}

interface Words {
  title: string;
  sentence: string;
}

/** By status, where the answer itself says nothing to a person. */
const BY_STATUS: Record<number, Words> = {
  400: {
    title: 'This was not understood',
    sentence: 'The address or the form is damaged. Nothing was done.',
  },
  404: {
    title: 'There is no such page',
    sentence: 'The address leads nowhere; nothing is wrong with the app.',
  },
  500: {
    title: 'Outage Center failed while it answered',
    sentence: 'If you pressed a button just now, look whether it took effect before you press it again.',
  },
};

/** By code, where the problem's own title or sentence is for programs. */
const BY_CODE: Record<string, Partial<Words>> = {
  other_origin: { title: 'Nothing was done: this came from another site' },
  not_allowed: { title: 'Your role does not allow this' },
  form_too_large: { title: 'Nothing was done: the form is too large' },
  file_too_large: { title: 'Nothing was done: the file is too large' },
  not_a_form: {
    title: 'Nothing was done: what arrived was no form',
    sentence: 'Go back, reload the page and send it again.',
  },
  method_not_allowed: {
    title: 'There is nothing to see here',
    sentence: 'This address takes what a button on a page sends. Nothing was done.',
  },
};

/**
 * What a person is told of a refusal.
 * @param body of the answer: problem details, or a text that says nothing to a person
 */
function wordsOf(status: number, body: string): Words {
  const { code = '', title, detail } = readProblem(body);
  const general = BY_STATUS[status] ?? BY_STATUS[status < 500 ? 400 : 500]!;
  const own = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  return {
    title: own?.title ?? title ?? general.title,
    sentence: own?.sentence ?? detail ?? general.sentence,
  };
}

function readProblem(body: string): { code?: string; title?: string; detail?: string } {
  try {
    const problem = JSON.parse(body) as Record<string, unknown> | null;
    const text = (name: string) => (typeof problem?.[name] === 'string' ? { [name]: problem[name] } : {});
    return { ...text('code'), ...text('title'), ...text('detail') };
  } catch {
    return {};
  }
}

/**
 * A page that says it, in the look of the app; made without Remix and without the database, either of which may be what
 * failed.
 * @param back path that the person came from; null when it is not known
 */
function problemPage(words: Words, back: string | null, stylesheets: readonly string[]): string {
  const link = (path: string, text: string) => `<a class="oc-link" href="${escapeHtml(path)}">${text}</a>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(words.title)} · Outage Center</title>
${stylesheets.map((path) => `<link rel="stylesheet" href="${escapeHtml(path)}">`).join('\n')}
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
</head>
<body>
<div class="oc-page">
<header class="oc-header"><a class="oc-brand" href="/"><img src="/favicon.svg" alt="" width="28" height="28">Outage Center</a></header>
<main>
<section class="oc-card oc-trouble">
<h1>${escapeHtml(words.title)}</h1>
<p>${escapeHtml(words.sentence)}</p>
<p class="oc-row">${back ? `${link(back, 'Back to where you were')} ` : ''}${link('/', 'Open the Outage Center')}</p>
</section>
</main>
</div>
</body>
</html>
`;
}
