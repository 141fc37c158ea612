import { createElement as h, type ReactElement, type ReactNode } from 'react';
import { composeReport, reportStanding, reportTitle } from './compose-report.ts';
import type { ReportBlock } from './report-blocks.ts';
import type { IncidentReport, ReportChart } from './report-view.ts';

/** How a section is edited where it stands. */
export interface EditedPart {
  /** Beside its title: the way to its form. */
  side?: ReactNode;
  /** Its form, in place of what it says. */
  form?: ReactNode;
}

/** What the page adds to the document: files and exports are without it. */
interface DocumentOnPage {
  part: (id: string) => EditedPart;
  /** One of its parts is being edited. */
  edited: boolean;
  /** Behind the last section. */
  end?: ReactNode;
}

/** The report as it is read, printed and exported: React escapes whatever anybody typed. */
export function reportDocument(report: IncidentReport, page?: DocumentOnPage): ReactElement {
  return h(
    'article',
    { className: 'oc-report', lang: 'en' },
    h('h1', null, reportTitle(report)),
    h('p', { className: 'oc-report-standing' }, reportStanding(report)),
    ...composeReport(report).map(({ id, title, blocks }) => {
      const { side, form } = page?.part(id) ?? {};
      const heading = h('h2', null, title);
      return h(
        'section',
        { key: id, id: page && partId(id), className: `oc-report-part oc-report-${id}` },
        side ? h('div', { className: 'oc-report-head' }, heading, side) : heading,
        ...(form ? [h('div', { key: 'form' }, form)] : blocksOf(blocks, page)),
      );
    }),
    page?.end,
  );
}

/** Beside a form charts are one line that opens. */
function blocksOf(blocks: readonly ReportBlock[], page?: DocumentOnPage): ReactElement[] {
  const shown = blocks.map((block, index) => h('div', { key: index }, blockElement(block, mostRows(page))));
  if (!page?.edited || !blocks.some(({ kind }) => kind === 'chart')) return shown;
  return [h('details', { key: 'charts', className: 'oc-details' }, h('summary', null, 'Charts'), ...shown)];
}

/** Where a link to a section leads. */
export const partId = (id: string): string => `part-${id}`;

/** @param most rows of a table that is in view; a longer one is one line that opens. Printed, everything is open. */
function blockElement(block: ReportBlock, most: number): ReactElement {
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
      return block.rows.length > most
        ? h(
            'details',
            { className: 'oc-details' },
            h('summary', null, `${block.label}: ${block.rows.length}`),
            tableElement(block.label, block.head, block.rows),
          )
        : tableElement(block.label, block.head, block.rows);
    case 'chart':
      return h(
        'figure',
        null,
        h('figcaption', null, block.chart.title, ...block.chart.series.map(legend)),
        chartSvg(block.chart),
      );
  }
}

/** A longer table pushes what follows out of sight, and beside a form nearly every one does; files show everything. */
const mostRows = (page?: DocumentOnPage): number => (page ? (page.edited ? 1 : 3) : Infinity);

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

const WIDTH = 340;
const HEIGHT = 130;
const LEFT = 48;
const BOTTOM = 22;
const TOP = 10;
const ANCHORS = ['start', 'middle', 'end'];
/** Blue and orange: told apart by everybody, on white as on dark. */
const COLOURS = ['#2f7ed8', '#e07b00'];

/** A chart as SVG: lines over time, a gap where nothing was measured. The same on the page, in print and in a file. */
function chartSvg({ title, unit, series, points }: ReportChart): ReactElement {
  const times = points.map(({ at }) => Date.parse(at));
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 1];
  const top = niceTop(Math.max(...points.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const x = (at: number) => LEFT + ((at - first) / Math.max(1, last - first)) * (WIDTH - LEFT - 8);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const text = { fontSize: 11, fill: 'currentColor', fontFamily: 'inherit' };
  const grid = [0, 0.5, 1].map((part) =>
    h(
      'g',
      { key: `y${part}` },
      h('line', {
        x1: LEFT,
        x2: WIDTH - 8,
        y1: y(top * part),
        y2: y(top * part),
        stroke: 'currentColor',
        strokeOpacity: 0.2,
      }),
      h('text', { ...text, x: LEFT - 6, y: y(top * part) + 4, textAnchor: 'end' }, label(top * part, unit)),
    ),
  );
  const marks = [first, (first + last) / 2, last].map((at) => ({ at, words: clockOf(at, last - first) }));
  // In a short time two marks may read the same.
  const clock = marks.map(({ at, words }, index) =>
    index > 0 && words === marks[index - 1]!.words
      ? null
      : h('text', { ...text, key: `x${index}`, x: x(at), y: HEIGHT - 6, textAnchor: ANCHORS[index] }, words),
  );
  const lines = series.map((name, index) =>
    h('path', {
      key: name,
      d: pathOf(
        points.map(({ values }) => values[index] ?? null),
        times,
        x,
        y,
      ),
      fill: 'none',
      stroke: COLOURS[index % COLOURS.length],
      strokeWidth: 2,
      strokeLinecap: 'round',
      strokeDasharray: index === 0 ? undefined : '5 3',
    }),
  );
  return h(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': `${title}: ${series.join(', ')}`,
      className: 'oc-report-chart',
    },
    ...grid,
    ...clock,
    ...lines,
  );
}

/** Colours and dashes of the series, in their order. */
const seriesColour = (index: number): string => COLOURS[index % COLOURS.length]!;

/** A line through what was measured; a single point between two gaps is a dot. */
function pathOf(
  values: (number | null)[],
  times: number[],
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  let drawing = false;
  return values
    .map((value, index) => {
      if (value === null) {
        drawing = false;
        return '';
      }
      const point = `${x(times[index]!).toFixed(1)} ${y(value).toFixed(1)}`;
      const part = drawing ? `L${point}` : `M${point}h0.1`;
      drawing = true;
      return part;
    })
    .join('');
}

/** The next of 1, 2, 5 times a power of ten. */
function niceTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((n) => n * power >= most) ?? 10) * power;
}

const label = (value: number, unit: ReportChart['unit']) =>
  unit === 'count' ? String(value) : value < 1000 ? `${value} ms` : `${value / 1000} s`;

/** With the day where the clock alone would be ambiguous. */
function clockOf(at: number, spanMs: number): string {
  const iso = new Date(at).toISOString();
  return spanMs < 86_400_000 ? iso.slice(11, 16) : `${iso.slice(5, 10)} ${iso.slice(11, 16)}`;
}
