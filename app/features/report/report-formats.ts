import { reportHtml } from './html.ts';
import { reportMarkdown } from './markdown.ts';
import type { IncidentReport } from './report-view.ts';

export const REPORT_FORMATS = ['md', 'html', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

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
