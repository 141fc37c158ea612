import { renderBadge, renderBanner } from './render-badge.ts';
import { renderHistory, renderNotice, renderStatus } from './render-page.ts';
import { html, type Markup, paragraphs, titleOf } from './render-parts.ts';
import { monthsOf, type PublicNotice, saidAt, type StatusDocument } from './status-document.ts';
import { timesIn, wordsIn } from './status-words.ts';
import { JSON_NAMES, renderJson } from './statuspage-json.ts';
import { renderSubscribe } from './subscribers/render-subscribe.ts';
import { SUBSCRIBE_PATH } from './subscribers/subscriber.ts';

/** What one public address answers with. */
export interface StatusFile {
  type: string;
  body: string | Buffer;
  /** Other sites' pages may read it, or show it. */
  shared: boolean;
  /** For how long it may be kept, s. */
  maxAge: number;
}

const HTML = { type: 'text/html; charset=utf-8', shared: false, maxAge: 15 };
const JSON_FILE = { type: 'application/json; charset=utf-8', shared: true, maxAge: 15 };

const JSON_PATH = /^\/api\/v2\/([a-z/-]{1,40})\.json$/;
const HISTORY = /^\/status\/history(?:\/(\d{4}-\d{2}))?$/;
const NOTICE = /^\/status\/incidents\/([1-9]\d{0,14})$/;

/**
 * The file of a public address.
 * @param path without a query; a slash at its end is as good as none
 * @param icon the badge's shape alone
 * @returns null when there is none
 */
export function statusFile(
  document: StatusDocument,
  path: string,
  icon: boolean,
  now: Date,
): StatusFile | null {
  const html = (body: string | null) => body && { ...HTML, body };
  switch (path) {
    case '/status':
      return { ...HTML, body: renderStatus(document, now) };
    case SUBSCRIBE_PATH:
      return html(document.page.subscribe ? renderSubscribe(document, now) : null) || null;
    case '/history.atom':
      return { ...JSON_FILE, type: 'application/atom+xml; charset=utf-8', body: renderAtom(document) };
    case '/history.rss':
      return { ...JSON_FILE, type: 'application/rss+xml; charset=utf-8', body: renderRss(document) };
    case '/status/badge.svg':
      return {
        ...JSON_FILE,
        type: 'image/svg+xml',
        body: renderBadge(document, now, icon ? 'icon' : 'badge'),
      };
    case '/status/banner.js':
      return {
        ...JSON_FILE,
        type: 'text/javascript; charset=utf-8',
        body: renderBanner(document, now),
        maxAge: 30,
      };
    case '/status/logo': {
      const { logo } = document.page;
      return logo && { type: logo.type, body: Buffer.from(logo.base64, 'base64'), shared: true, maxAge: 300 };
    }
    default:
  }
  const json = JSON_NAMES.find((name) => name === JSON_PATH.exec(path)?.[1]);
  if (json) return { ...JSON_FILE, body: renderJson(json, document, now) };
  const history = HISTORY.exec(path);
  if (history) return html(renderHistory(document, history[1] ?? null, now)) || null;
  const notice = NOTICE.exec(path);
  return notice ? html(renderNotice(document, Number(notice[1]), now)) || null : null;
}

/** Whether an address is one of these, so that nobody else answers it. */
export const isStatusPath = (path: string): boolean =>
  path === '/status' ||
  path.startsWith('/status/') ||
  path.startsWith('/api/v2/') ||
  path === '/history.atom' ||
  path === '/history.rss';

/** Every address that a copy of the public pages holds, with the file's path in a folder. */
export function exportedPaths(document: StatusDocument, now: Date): { path: string; file: string }[] {
  const page = (path: string) => ({ path, file: `${path.slice(1)}/index.html` });
  const file = (path: string) => ({ path, file: path.slice(1) });
  return [
    { path: '/status', file: 'index.html' },
    page('/status'),
    page('/status/history'),
    ...monthsOf(document, now).map((month) => page(`/status/history/${month}`)),
    ...document.notices.map(({ id }) => page(`/status/incidents/${id}`)),
    ...JSON_NAMES.map((name) => file(`/api/v2/${name}.json`)),
    ...['/history.atom', '/history.rss', '/status/badge.svg', '/status/banner.js'].map(file),
    ...(document.page.logo ? [file('/status/logo')] : []),
  ];
}

/** Newest notices of a feed. */
const LISTED = 25;
const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** What a reader shows of a notice: its updates, newest first, as HTML. */
function contentOf({ page }: StatusDocument, notice: PublicNotice): string {
  const words = wordsIn(page.language);
  const times = timesIn(page.language);
  const window =
    notice.kind === 'maintenance' &&
    html`<p>${times.time(notice.beganAt)} – ${times.time(notice.endsAt!)}</p>`;
  return html`${window}${notice.updates.map(
    ({ state, at, text }) =>
      html`<p><strong>${words.update[state]}</strong> (${times.time(at)})</p>
        ${paragraphs(text)}`,
  )}`.text;
}

/** Where a notice is read; a tag (RFC 4151) names it for ever, also when the app moves. */
function addresses({ page }: StatusDocument, { id, createdAt }: PublicNotice) {
  const host = page.url ? new URL(page.url).hostname : 'outage-center.invalid';
  return {
    link: `${page.url ?? 'http://outage-center.invalid'}/status/incidents/${id}`,
    tag: `tag:${host},${createdAt.slice(0, 10)}:incident/${id}`,
  };
}

/** When something was last said, so that a feed in which nothing is new is the same to the byte. */
const lastChange = (document: StatusDocument): string =>
  [document.page.changedAt, ...document.notices.map(saidAt)].sort().at(-1)!;

/** `/history.atom` (RFC 4287). */
export function renderAtom(document: StatusDocument): string {
  const base = document.page.url ?? 'http://outage-center.invalid';
  const name = titleOf(document);
  const entry = (notice: PublicNotice): Markup => {
    const { link, tag } = addresses(document, notice);
    return html`<entry
      ><id>${tag}</id><title>${notice.title}</title><published>${notice.createdAt}</published
      ><updated>${saidAt(notice)}</updated><link rel="alternate" type="text/html" href="${link}" /><content
        type="html"
        >${contentOf(document, notice)}</content
      ></entry
    > `;
  };
  return (
    XML +
    html`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${document.page.language}"
      ><id>${base}/history.atom</id><title>${name}</title><updated>${lastChange(document)}</updated
      ><author><name>${name}</name></author
      ><link rel="self" type="application/atom+xml" href="${base}/history.atom" /><link
        rel="alternate"
        type="text/html"
        href="${base}/status"
      />
      ${document.notices.slice(0, LISTED).map(entry)}</feed
    > `.text
  );
}

const rfc822 = (iso: string): string => new Date(iso).toUTCString();

/** `/history.rss` (RSS 2.0). */
export function renderRss(document: StatusDocument): string {
  const base = document.page.url ?? 'http://outage-center.invalid';
  const name = titleOf(document);
  const item = (notice: PublicNotice): Markup => {
    const { link, tag } = addresses(document, notice);
    return html`<item><title>${notice.title}</title><link>${link}</link><guid isPermaLink="false">${tag}</guid><pubDate>${rfc822(saidAt(notice))}</pubDate><description>${contentOf(document, notice)}</description></item>
`;
  };
  return (
    XML +
    html`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>${name}</title><link>${base}/status</link><description>${name}</description><language>${document.page.language}</language><lastBuildDate>${rfc822(lastChange(document))}</lastBuildDate><atom:link rel="self" type="application/rss+xml" href="${base}/history.rss"/>
${document.notices.slice(0, LISTED).map(item)}</channel></rss>
`.text
  );
}
