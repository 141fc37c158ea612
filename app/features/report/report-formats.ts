import { createElement as h } from 'react';
import { z } from 'zod';
import { renderToStaticMarkup } from 'react-dom/server';
import { oneLine } from '../../lib/visible.ts';
import { composeReport, reportStanding, reportTitle } from './compose-report.ts';
import { NOT_MEASURED, type ReportBlock } from './report-blocks.ts';
import { formatUtc } from '../../lib/time-words.ts';
import { reportDocument } from './report-document.ts';
import type { IncidentReport, ReportChart } from './report-view.ts';

const REPORT_FORMATS = ['md', 'html', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** As which file a report is read. */
export const REPORT_QUERY = z.object({
  format: z.enum(REPORT_FORMATS).default('json').describe('Markdown, HTML, or JSON.'),
});

export const parseFormat = (text: string | null | undefined): ReportFormat | null =>
  REPORT_FORMATS.find((one) => one === text) ?? null;

export const FORMAT_TYPES: Record<ReportFormat, string> = {
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/** The report as a file of a format. */
export function formatReport(report: IncidentReport, format: ReportFormat): string {
  switch (format) {
    case 'md':
      return reportMarkdown(report);
    case 'html':
      return reportHtml(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
  }
}

/** For a file that stands alone: no script, nothing from elsewhere; prints on paper as it is. */
const STYLE = `
:root { color-scheme: light dark }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; line-height: 1.25 } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; border-bottom: 1px solid #8886 }
dl > div { display: grid; grid-template-columns: 14rem 1fr; gap: .5rem; padding: .15rem 0 } dt { font-weight: 600 } dd { margin: 0 }
table { width: 100%; border-collapse: collapse; font-size: .85rem } caption { text-align: left; font-weight: 600; padding: .75rem 0 .25rem }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere }
.oc-report-charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 0 1.5rem } .oc-report-charts h2 { grid-column: 1 / -1 }
figure { margin: 1rem 0 } figcaption { font-weight: 600 } .oc-report-legend { margin-left: 1rem; font-weight: 400 }
.oc-report-text { white-space: pre-wrap; overflow-wrap: anywhere } .oc-report-gap { font-style: italic } .oc-report-scroll { overflow-x: auto }
@media print { :root { color-scheme: light } body { max-width: none; margin: 0 } thead { display: table-header-group } tr, figure { break-inside: avoid } h2 { break-after: avoid } .oc-report-scroll { overflow: visible } }
`;

/** What such a file may do when somebody opens it: nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The report as one HTML file, charts included. */
export function reportHtml(report: IncidentReport): string {
  const page = h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charSet: 'utf-8' }),
      h('meta', { httpEquiv: 'Content-Security-Policy', content: POLICY }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('title', null, reportTitle(report)),
      h('style', { dangerouslySetInnerHTML: { __html: STYLE } }),
    ),
    h('body', null, h('main', null, reportDocument(report))),
  );
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}

/** The report as GitHub-flavoured Markdown; whatever anybody typed is text in it, never markup or a link. */
export function reportMarkdown(report: IncidentReport): string {
  const sections = composeReport(report).map(
    ({ title, blocks }) => `## ${plain(title)}\n\n${blocks.map(blockText).join('\n\n')}`,
  );
  return `${[`# ${plain(reportTitle(report))}`, plain(reportStanding(report)), ...sections].join('\n\n')}\n`;
}

function blockText(block: ReportBlock): string {
  switch (block.kind) {
    case 'text':
      return lines(block.text);
    case 'gap':
      return `_${plain(block.text)}_`;
    case 'facts':
      return block.rows.map(([label, value]) => `- **${plain(label)}:** ${plain(value)}`).join('\n');
    case 'table':
      return `**${plain(block.label)}**\n\n${table(block.head, block.rows)}`;
    case 'chart':
      return chartText(block.chart);
  }
}

function chartText({ title, unit, series, points }: ReportChart): string {
  const value = (n: number | null) => (n === null ? NOT_MEASURED : unit === 'ms' ? `${n} ms` : String(n));
  return `**${plain(title)}**\n\n${table(
    ['From (UTC)', ...series],
    points.map(({ at, values }) => [formatUtc(at), ...values.map(value)]),
  )}`;
}

function table(head: string[], rows: string[][]): string {
  const row = (cells: string[]) => `| ${cells.map(plain).join(' | ')} |`;
  return [row(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(row)].join('\n');
}

/** Several lines: breaks stay, and nothing at the start of one makes a list, a heading or a quotation. */
function lines(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.split('\n').map(plain).join('\\\n'))
    .join('\n\n');
}

/**
 * One line of text as text: characters that mark something up are escaped, and so is what GitHub turns into a link or a
 * mention by itself. https://github.github.com/gfm/#backslash-escapes
 */
function plain(text: string): string {
  return oneLine(text)
    .replaceAll(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replaceAll('://', ':&#47;/')
    .replaceAll(/www\./gi, (www) => `${www.slice(0, 3)}&#46;`)
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}
