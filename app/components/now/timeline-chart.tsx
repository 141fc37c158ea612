import {
  Area,
  Bar,
  ComposedChart,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  Tooltip,
  XAxis,
  YAxis,
  type XAxisProps,
} from 'recharts';
import { useMemo } from 'react';
import type { Mark, NowTimeline } from '../../features/overview/shell/now-timeline.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { numberText } from '../../lib/words.ts';
import { bareTime, timeIn } from '../../lib/zone.ts';
import { Moment, Said, useZone } from '../time.tsx';

const LANES_HEIGHT = 92;
const COUNTS_HEIGHT = 72;
const LABELS = 108;
const MARGIN = { top: 6, right: 16, bottom: 0, left: 0 };
const INITIAL = { width: 640, height: LANES_HEIGHT };
/** Rows of the upper chart, from the top. */
const ROWS = { chatwoot: 3, agent: 2, marks: 1 } as const;
const ROW_WORDS: Record<number, string> = { 3: 'Chatwoot', 2: 'Agent service', 1: 'Events' };

interface Dot {
  at: number;
  row: number;
  kind: Tone;
  text: string;
}

/** Lanes that share one axis of time. Screen readers are given the table below instead. */
export default function TimelineChart({ timeline }: { timeline: NowTimeline }) {
  const { from, to, minutes, waiting, held, outages } = timeline;
  const zone = useZone();
  const dots = useMemo(() => dotsOf(timeline), [timeline]);
  const domain: [number, number] = [Date.parse(from), Date.parse(to)];
  const nobody = waiting.every(({ value }) => value === null) && held.every(({ value }) => !value);
  return (
    <div className="oc-charts oc-lanes" aria-hidden="true">
      <ResponsiveContainer width="100%" height={LANES_HEIGHT} initialDimension={INITIAL}>
        <ScatterChart margin={MARGIN} accessibilityLayer={false}>
          {shaded(outages)}
          <XAxis {...axis(domain, zone)} hide />
          <YAxis
            type="number"
            dataKey="row"
            domain={[0.5, 3.5]}
            ticks={[1, 2, 3]}
            interval={0}
            tickFormatter={(row: number) => ROW_WORDS[row] ?? ''}
            width={LABELS}
            tickLine={false}
            axisLine={false}
            tick={{ fontSize: 11 }}
          />
          <Tooltip content={<DotTooltip />} isAnimationActive={false} cursor={false} />
          <Scatter data={dots} shape={<DotShape />} isAnimationActive={false} />
        </ScatterChart>
      </ResponsiveContainer>
      <Counts
        domain={domain}
        data={minutes.map(({ at, delivered, failed }) => ({
          at: Date.parse(at) + 30_000,
          delivered,
          failed,
        }))}
        label="Attempts"
        outages={outages}
        bars
        last={nobody}
        series={[
          ['delivered', 'Delivered', 'delivered'],
          ['failed', 'Failed', 'failed'],
        ]}
      />
      {!nobody && (
        <Counts
          domain={domain}
          data={merged(waiting, held)}
          label="Waiting, held"
          outages={outages}
          last
          series={[
            ['waiting', 'Customers waiting', 'p50'],
            ['held', 'Held for the Agent service', 'retried'],
          ]}
        />
      )}
    </div>
  );
}

/** Behind everything else: when it was down. */
const shaded = (outages: NowTimeline['outages']) =>
  outages.map(({ from, to }) => (
    <ReferenceArea
      key={from}
      x1={Date.parse(from)}
      x2={Date.parse(to)}
      className="oc-lane-outage"
      ifOverflow="hidden"
    />
  ));

const axis = (domain: [number, number], zone: string): XAxisProps => ({
  dataKey: 'at',
  type: 'number',
  scale: 'time',
  domain,
  tickFormatter: (at: number) => bareTime(at, zone, 'clock'),
  minTickGap: 36,
  tickLine: false,
  axisLine: false,
  tick: { fontSize: 11 },
  height: 20,
});

interface CountsProps {
  domain: [number, number];
  data: object[];
  label: string;
  outages: NowTimeline['outages'];
  bars?: boolean;
  /** The one that shows the times. */
  last?: boolean;
  series: [key: string, words: string, look: string][];
}

function Counts({ domain, data, label, outages, bars = false, last = false, series }: CountsProps) {
  const zone = useZone();
  const height = COUNTS_HEIGHT + (last ? 20 : 0);
  return (
    <ResponsiveContainer width="100%" height={height} initialDimension={{ ...INITIAL, height }}>
      <ComposedChart data={data} margin={MARGIN} accessibilityLayer={false} syncId="now" barSize={6}>
        {shaded(outages)}
        <XAxis {...axis(domain, zone)} hide={!last} />
        <YAxis
          width={LABELS}
          tickLine={false}
          axisLine={false}
          allowDecimals={false}
          tickCount={2}
          tick={{ fontSize: 11 }}
          label={{
            value: label,
            position: 'insideLeft',
            offset: 2,
            fontSize: 11,
            className: 'oc-lane-label',
          }}
        />
        <ReferenceLine y={0} className="oc-lane-zero" />
        <Tooltip
          labelFormatter={(at) => timeIn(Number(at), zone, 'clock')}
          formatter={(value, name) => [numberText(Number(value)), name]}
          isAnimationActive={false}
        />
        {series.map(([key, words, look]) =>
          bars ? (
            <Bar
              key={key}
              dataKey={key}
              name={words}
              stackId="one"
              className={`oc-series-${look}`}
              fill="currentColor"
              isAnimationActive={false}
            />
          ) : (
            <Area
              key={key}
              dataKey={key}
              name={words}
              type="stepAfter"
              className={`oc-series-${look}`}
              stroke="currentColor"
              strokeWidth={2}
              fill="currentColor"
              fillOpacity={0.14}
              dot={data.length < 4 ? { r: 2.5, fill: 'currentColor' } : false}
              isAnimationActive={false}
            />
          ),
        )}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

const CHECK_TONES = { ok: 'good', failed: 'critical', inconclusive: 'unknown' } as const;
const CHECK_WORDS = { ok: 'succeeded', failed: 'failed', inconclusive: 'without a result' } as const;

function dotsOf({ checks, marks }: NowTimeline): Dot[] {
  const of = ({ at, tone, text }: Mark): Dot => ({ at: Date.parse(at), row: ROWS.marks, kind: tone, text });
  return [
    ...checks.map(({ at, part, outcome, count }) => ({
      at: Date.parse(at),
      row: ROWS[part],
      kind: CHECK_TONES[outcome],
      text: `${count === 1 ? 'Check' : `${count} checks`} ${CHECK_WORDS[outcome]}`,
    })),
    ...marks.map(of),
  ];
}

/** Two measures as rows of one chart; a level holds until its next measurement. */
function merged(waiting: NowTimeline['waiting'], held: NowTimeline['held']) {
  const rows = new Map<number, { at: number; waiting?: number | null; held?: number | null }>();
  for (const [key, points] of [
    ['waiting', waiting],
    ['held', held],
  ] as const)
    for (const { at, value } of points) {
      const moment = Date.parse(at);
      rows.set(moment, { ...rows.get(moment), at: moment, [key]: value });
    }
  return [...rows.values()].sort((a, b) => a.at - b.at);
}

/** Good is low and quiet; what is bad is high, and what happened is a disc. */
function DotShape({ cx = 0, cy = 0, payload }: { cx?: number; cy?: number; payload?: Dot }) {
  if (!payload) return null;
  const { row, kind } = payload;
  const className = `oc-dot oc-tone-${kind}`;
  if (row === ROWS.marks) return <circle cx={cx} cy={cy} r={5} className={className} fill="currentColor" />;
  const height = kind === 'good' ? 6 : 16;
  return (
    <rect
      x={cx - 4}
      y={cy - height / 2}
      width={8}
      height={height}
      rx={2}
      className={className}
      fill="currentColor"
    />
  );
}

function DotTooltip({ active, payload }: { active?: boolean; payload?: readonly { payload: Dot }[] }) {
  const dot = payload?.[0]?.payload;
  if (!active || !dot) return null;
  return (
    <div className="oc-lane-tip">
      <b>
        <Moment at={new Date(dot.at).toISOString()} form="seconds" />
      </b>{' '}
      <Said text={dot.text} />
    </div>
  );
}
