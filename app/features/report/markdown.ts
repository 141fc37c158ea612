import { composeReport, reportStanding, reportTitle } from './compose-report.ts';
import { NOT_MEASURED, utc, type ReportBlock } from './report-blocks.ts';
import type { IncidentReport, ReportChart } from './report-view.ts';

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
    points.map(({ at, values }) => [utc(at), ...values.map(value)]),
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
export function plain(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
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
