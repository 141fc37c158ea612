import { escapeHtml } from '../../lib/escape-html.ts';

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
export const linked = (line: string): Markup =>
  html`${line
    .split(LINKS)
    .map((part, at) =>
      at % 2 === 0
        ? part
        : html`<a href="${part.startsWith('https:') ? part : `mailto:${part}`}">${part}</a>`,
    )}`;
