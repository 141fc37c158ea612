import { html, type Markup, paragraphs } from './html.ts';
import { titleOf } from './render-parts.ts';
import { type PublicNotice, saidAt, type StatusDocument } from './status-document.ts';
import { timesIn, wordsIn } from './status-words.ts';

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
