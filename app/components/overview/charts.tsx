import {
  Bar,
  BarChart,
  CartesianGrid,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { ReactElement } from 'react';
import type { ChartPoint, Range } from '../../features/overview/overview-view.ts';
import { formatMs } from '../../lib/time-words.ts';
import { numberText, percentText } from '../../lib/words.ts';
import { useZone } from '../time.tsx';
import { bucketLabel } from '../chart-parts.tsx';

const HEIGHT = 190;
/** The room that a chart is drawn for before its own is measured. */
const INITIAL = { width: 380, height: HEIGHT };
const MARGIN = { top: 8, bottom: 0, left: 0 };
/** Half of the last label of the time stands right of its point. */
const LABEL_OVERHANG = { '1h': 16, '24h': 16, '7d': 36 } satisfies Record<Range, number>;

interface ChartsProps {
  range: Range;
  points: ChartPoint[];
}

export default function Charts({ range, points }: ChartsProps) {
  const margin = { ...MARGIN, right: LABEL_OVERHANG[range] };
  const zone = useZone();
  const suffix = zone === 'UTC' ? ' UTC' : '';
  const label = (at: unknown) => bucketLabel(String(at), range, zone);
  const time = (
    <XAxis
      dataKey="at"
      tickFormatter={label}
      minTickGap={36}
      tickLine={false}
      axisLine={false}
      tick={{ fontSize: 11 }}
      height={22}
    />
  );
  const grid = <CartesianGrid vertical={false} />;
  const tooltip = (format: (value: number) => string) => (
    <Tooltip
      labelFormatter={(at) => `${label(at)}${suffix}`}
      formatter={(value, name) => [format(Number(value)), name]}
      isAnimationActive={false}
    />
  );
  return (
    <div className="oc-charts">
      <Frame
        title="Attempts by outcome"
        legend={[
          ['delivered', 'Delivered'],
          ['retried', 'Failed, tried again'],
          ['failed', 'Rejected'],
        ]}
      >
        <BarChart data={points} margin={margin} barCategoryGap={1} accessibilityLayer={false}>
          {grid}
          {time}
          <YAxis width={40} tickLine={false} axisLine={false} allowDecimals={false} tick={{ fontSize: 11 }} />
          {tooltip(numberText)}
          {(['delivered', 'retried', 'failed'] as const).map((key) => (
            <Bar
              key={key}
              dataKey={key}
              name={{ delivered: 'Delivered', retried: 'Failed, tried again', failed: 'Rejected' }[key]}
              stackId="attempts"
              className={`oc-series-${key}`}
              fill="currentColor"
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </Frame>
      <Frame
        title="Delivery success"
        legend={[
          ['success', 'Attempts that succeeded'],
          ['target', '98 % target'],
          ['alarm', '80 % alarm'],
        ]}
      >
        <LineChart data={points} margin={margin} accessibilityLayer={false}>
          {grid}
          {time}
          <YAxis
            width={40}
            domain={[0, 1]}
            ticks={[0, 0.25, 0.5, 0.75, 1]}
            tickFormatter={(ratio: number) => `${Math.round(ratio * 100)} %`}
            tickLine={false}
            axisLine={false}
            tick={{ fontSize: 11 }}
          />
          {tooltip(percentText)}
          <ReferenceLine y={0.98} className="oc-line-target" strokeDasharray="4 3" />
          <ReferenceLine y={0.8} className="oc-line-alarm" strokeDasharray="4 3" />
          <Line
            dataKey="successRatio"
            name="Succeeded"
            className="oc-series-success"
            stroke="currentColor"
            strokeWidth={2}
            dot={lonely(points, 'successRatio')}
            isAnimationActive={false}
          />
        </LineChart>
      </Frame>
      <Frame
        title="Time to deliver"
        legend={[
          ['p50', 'Half within'],
          ['p95', '95 % within'],
        ]}
      >
        <LineChart data={points} margin={margin} accessibilityLayer={false}>
          {grid}
          {time}
          <YAxis
            width={48}
            tickFormatter={formatMs}
            tickLine={false}
            axisLine={false}
            tick={{ fontSize: 11 }}
          />
          {tooltip(formatMs)}
          {(['p50', 'p95'] as const).map((key) => (
            <Line
              key={key}
              dataKey={key}
              name={{ p50: 'Half within', p95: '95 % within' }[key]}
              type="stepAfter"
              className={`oc-series-${key}`}
              stroke="currentColor"
              strokeWidth={2}
              {...(key === 'p95' && { strokeDasharray: '5 3' })}
              dot={lonely(points, key)}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </Frame>
    </div>
  );
}

interface FrameProps {
  title: string;
  legend: [series: string, words: string][];
  children: ReactElement;
}

/** A chart with its title and legend. Screen readers are given the table of numbers below instead. */
function Frame({ title, legend, children }: FrameProps) {
  return (
    <figure className="oc-chart" aria-hidden="true">
      <figcaption className="oc-chart-title">
        {title}
        <span className="oc-legend">
          {legend.map(([series, words]) => (
            <span key={series} className={`oc-series-${series}`}>
              <i />
              <em>{words}</em>
            </span>
          ))}
        </span>
      </figcaption>
      <ResponsiveContainer width="100%" height={HEIGHT} initialDimension={INITIAL}>
        {children}
      </ResponsiveContainer>
    </figure>
  );
}

/** A point without measured neighbours has no line: it is shown as a dot. */
function lonely(points: ChartPoint[], key: 'successRatio' | 'p50' | 'p95') {
  const series = key === 'successRatio' ? 'success' : key;
  return function Dot({ cx, cy, index }: { cx?: number; cy?: number; index?: number }) {
    const alone =
      index !== undefined &&
      points[index]?.[key] !== null &&
      (points[index - 1]?.[key] ?? null) === null &&
      (points[index + 1]?.[key] ?? null) === null;
    return alone ? (
      <circle key={index} cx={cx} cy={cy} r={3} className={`oc-series-${series}`} fill="currentColor" />
    ) : (
      <g key={index} />
    );
  };
}
