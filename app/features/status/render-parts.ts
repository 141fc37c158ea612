import { escapeHtml } from '../../lib/visible.ts';
import {
  type Language,
  type PublicNotice,
  type PublicState,
  stateOf,
  type StatusDocument,
  worstOf,
} from './status-document.ts';
import { SHAPES, styleOf } from './status-style.ts';
import { timesIn, wordsIn } from './status-words.ts';
import type { StatusWords } from './words/fixed-words.ts';

/** What every part of a page is drawn with. */
export interface Drawing {
  document: StatusDocument;
  now: Date;
  words: StatusWords;
  times: ReturnType<typeof timesIn>;
}

export function drawingOf(document: StatusDocument, now: Date): Drawing {
  const { language } = document.page;
  return { document, now, words: wordsIn(language), times: timesIn(language) };
}

/** The title that the page has now. */
export const titleOf = ({ page }: { page: { title: string; language: Language } }): string =>
  page.title || wordsIn(page.language).title;

export const icon = (state: PublicState): Markup =>
  html`<svg class="i" viewBox="0 0 16 16" aria-hidden="true">
    <path fill-rule="evenodd" d="${SHAPES[state]}" />
  </svg>`;

export const stateWord = (state: PublicState, words: StatusWords): Markup =>
  html`<span class="state ${state}">${icon(state)}${words.state[state]}</span>`;

export const at = (iso: string, text: string): Markup => html`<time datetime="${iso}">${text}</time>`;

/** A whole page around what is in it. */
export function layout({ document, words }: Drawing, page: { title: string; body: Markup }): string {
  const { colour, language, logo, contact, url, subscribe } = document.page;
  const name = titleOf(document);
  const title = page.title === name ? name : `${page.title} · ${name}`;
  return html`<!doctype html>
    <html lang="${language satisfies Language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${title}</title>
        <meta name="theme-color" content="${colour}" />
        <link rel="icon" href="/status/badge.svg?shape=icon" type="image/svg+xml" />
        <link rel="alternate" type="application/atom+xml" title="${name}" href="/history.atom" />
        <link rel="alternate" type="application/rss+xml" title="${name}" href="/history.rss" />
        ${url && html`<link rel="canonical" href="${url}/status" />`}
        ${new Markup(`<style>${styleOf(colour)}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">${words.components}</a>
        <header class="top">
          <div class="in">
            <a class="brand" href="/status"
              >${logo && html`<img src="/status/logo" alt="" />`}<span>${name}</span></a
            >
            ${subscribe && html`<a class="follow" href="${url}/status/subscribe">${words.follow.link}</a>`}
          </div>
        </header>
        <div class="in">
          <main id="main">${page.body}</main>
          <footer>
            ${contact && html`<p>${words.contact}: ${linked(contact)}</p>`}
            <ul>
              <li><a href="/status">${words.back}</a></li>
              <li><a href="/status/history">${words.history}</a></li>
              <li>${words.feeds}: <a href="/history.atom">Atom</a>, <a href="/history.rss">RSS</a></li>
            </ul>
          </footer>
        </div>
      </body>
    </html>`.text;
}

/** How long something lasted, in hours and minutes. */
function spanOf(ms: number, words: StatusWords): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 && words.hours(hours), (rest > 0 || hours === 0) && words.minutes(rest)]
    .filter(Boolean)
    .join(' ');
}

/** How much of a notice is shown. */
export interface Detail {
  updates: number;
}

/** A notice with its newest updates; its title leads to all of it. */
export function noticeCard(
  drawing: Drawing,
  notice: PublicNotice,
  { updates }: Detail,
  leads = true,
): Markup {
  const { words, times, now } = drawing;
  const state = notice.resolvedAt ? 'operational' : worstOf(notice.affects.map((one) => one.state));
  const shown = notice.updates
    .filter((update) => update.state !== 'scheduled' || update.text !== '')
    .slice(0, updates);
  const lasted =
    notice.resolvedAt && spanOf(Date.parse(notice.resolvedAt) - Date.parse(notice.beganAt), words);
  return html`<article class="card notice ${notice.kind === 'maintenance' ? 'under_maintenance' : state}">
    ${leads ? html`<h3><a href="/status/incidents/${notice.id}">${notice.title}</a></h3>` : html`<h1>${notice.title}</h1>`}
    <div class="meta soft">
      <span>${words.update[stateOf(notice, now)]}</span>${whenOf(drawing, notice)}
      ${notice.affects.length > 0 && html`<span>${words.affected}: ${notice.affects.map(({ name }) => name).join(', ')}</span>`}
      ${lasted && notice.kind === 'incident' && html`<span>${words.lasted} ${lasted}</span>`}
    </div>
    ${
      shown.length > 0 &&
      html`<ol class="updates">
        ${shown.map(
          (update) =>
            html`<li>
              <b>${words.update[update.state]}</b
              ><small>${at(update.at, times.time(update.at))}</small>${paragraphs(update.text)}
            </li>`,
        )}
      </ol>`
    }
  </article>`;
}

function whenOf({ words, times }: Drawing, { kind, beganAt, endsAt }: PublicNotice): Markup {
  return kind === 'maintenance'
    ? html`<span
        >${words.from} ${at(beganAt, times.time(beganAt))} ${words.to}
        ${at(endsAt!, times.time(endsAt!))}</span
      >`
    : html`<span>${words.started} ${at(beganAt, times.time(beganAt))}</span>`;
}

/** A text that is markup already. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = Markup | string | number | null | false | undefined | readonly Value[];

function written(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value ? value.map(written).join('') : '';
}

/** Markup of HTML or XML: whatever is put into it is text, in elements and in quoted attributes alike, unless it is {@link Markup}. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  return new Markup(parts.map((part, at) => part + (at < values.length ? written(values[at]) : '')).join(''));
}

/** A text of several lines as paragraphs. */
export const paragraphs = (text: string): Markup[] =>
  text
    .split(/\n\s*\n/)
    .filter((part) => part.trim() !== '')
    .map(
      (part) =>
        html`<p>
          ${part
            .trim()
            .split('\n')
            .map((line, at) => (at === 0 ? line : html`<br />${line}`))}
        </p>`,
    );

const LINKS = /(https:\/\/[^\s<>"]{1,300}|[^\s<>"@,;:()]{1,64}@[a-zA-Z0-9.-]{1,200}\.[a-zA-Z]{2,20})/;

/** A line in which addresses of pages and of mailboxes are links. */
const linked = (line: string): Markup =>
  html`${line
    .split(LINKS)
    .map((part, at) =>
      at % 2 === 0
        ? part
        : html`<a href="${part.startsWith('https:') ? part : `mailto:${part}`}">${part}</a>`,
    )}`;
