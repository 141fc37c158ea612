import { createElement as h, type ReactElement } from 'react';
import { chartSvg, seriesColour } from './chart-svg.ts';
import { composeReport, reportStanding, reportTitle } from './compose-report.ts';
import type { ReportBlock } from './report-blocks.ts';
import type { IncidentReport } from './report-view.ts';

/** The report as it is read, printed and exported: React escapes whatever anybody typed. */
export function reportDocument(report: IncidentReport): ReactElement {
  return h(
    'article',
    { className: 'oc-report', lang: 'en' },
    h('h1', null, reportTitle(report)),
    h('p', { className: 'oc-report-standing' }, reportStanding(report)),
    ...composeReport(report).map(({ id, title, blocks }) =>
      h(
        'section',
        { key: id },
        h('h2', null, title),
        ...blocks.map((block, index) => h('div', { key: index }, blockElement(block))),
      ),
    ),
  );
}

function blockElement(block: ReportBlock): ReactElement {
  switch (block.kind) {
    case 'text':
      return h('p', { className: 'oc-report-text' }, block.text);
    case 'gap':
      return h('p', { className: 'oc-report-gap' }, block.text);
    case 'facts':
      return h(
        'dl',
        null,
        ...block.rows.map(([name, value]) =>
          h('div', { key: name }, h('dt', null, name), h('dd', null, value)),
        ),
      );
    case 'table':
      return tableElement(block.label, block.head, block.rows);
    case 'chart':
      return h(
        'figure',
        null,
        h('figcaption', null, block.chart.title, ...block.chart.series.map(legend)),
        chartSvg(block.chart),
      );
  }
}

const legend = (name: string, index: number) =>
  h(
    'span',
    { key: name, className: 'oc-report-legend' },
    h('span', { style: { color: seriesColour(index) } }, index === 0 ? '━' : '┅'),
    ` ${name}`,
  );

function tableElement(label: string, head: string[], rows: string[][]): ReactElement {
  return h(
    'div',
    { className: 'oc-report-scroll', tabIndex: 0, role: 'region', 'aria-label': `Table: ${label}` },
    h(
      'table',
      null,
      h('caption', null, label),
      h('thead', null, h('tr', null, ...head.map((name) => h('th', { key: name, scope: 'col' }, name)))),
      h(
        'tbody',
        null,
        ...rows.map((cells, index) =>
          h('tr', { key: index }, ...cells.map((cell, column) => h('td', { key: column }, cell))),
        ),
      ),
    ),
  );
}
