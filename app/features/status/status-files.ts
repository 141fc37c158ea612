import { renderBadge, renderBanner } from './render-badge.ts';
import { renderAtom, renderRss } from './render-feeds.ts';
import { renderHistory, renderNotice, renderStatus } from './render-page.ts';
import { monthsOf, type StatusDocument } from './status-document.ts';
import { renderSubscribe } from './subscribers/render-subscribe.ts';
import { SUBSCRIBE_PATH } from './subscribers/subscriber.ts';
import { JSON_NAMES, renderJson } from './statuspage-json.ts';

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
