import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { IncidentBand, LatencyPoint } from '../../../features/health/health-view.ts';
import type { DelayPoint } from '../../../features/overview/arrival-card.ts';
import { formatMs, spanWords } from '../../../lib/time-words.ts';
import { timeIn } from '../../../lib/zone.ts';
import { useZone } from '../../time.tsx';
import { timeAxis } from '../../chart-parts.tsx';

export interface DelayProps {
  /** The time that is shown, ms since the epoch. */
  span: { from: number; to: number };
  /** Of the times in which messages came, oldest first. */
  delays: DelayPoint[];
  /** From which on it is a warning and an incident, ms. */
  thresholds: { warningMs: number; alarmMs: number };
}

const DELAY_HEIGHT = 170;
/** By powers of ten, so that both a usual delay of 0.1 s and the thresholds can be read. */
const TICKS = [100, 1000, 10_000, 60_000, 300_000, 3_600_000, 86_400_000];
const SERIES = [
  ['p50', 'Half within'],
  ['p95', '95 % within'],
] as const;

/** Delay over time, on a logarithmic scale. Screen readers are given the table below instead. */
export function DelayChart({ span, delays, thresholds }: DelayProps) {
  const zone = useZone();
  const points = delays.map((point) => ({ ...point, at: Date.parse(point.at) }));
  const most = Math.max(2 * thresholds.alarmMs, ...delays.map(({ p95 }) => p95));
  return (
    <div className="oc-charts oc-latency">
      <ResponsiveContainer
        width="100%"
        height={DELAY_HEIGHT}
        initialDimension={{ width: 380, height: DELAY_HEIGHT }}
      >
        <LineChart
          data={points}
          margin={{ top: 8, right: 16, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} />
          <XAxis {...timeAxis(span, zone)} />
          <YAxis
            width={52}
            scale="log"
            domain={[100, most]}
            allowDataOverflow
            ticks={TICKS.filter((ms) => ms <= most)}
            tickFormatter={spanWords}
            tickLine={false}
            axisLine={false}
            tick={{ fontSize: 11 }}
          />
          <Tooltip
            labelFormatter={(at) => timeIn(Number(at), zone)}
            formatter={(value, name) => [spanWords(Number(value)), name]}
            isAnimationActive={false}
          />
          <ReferenceLine y={thresholds.warningMs} className="oc-line-target" strokeDasharray="4 3" />
          <ReferenceLine y={thresholds.alarmMs} className="oc-line-alarm" strokeDasharray="4 3" />
          {SERIES.map(([key, words]) => (
            <Line
              key={key}
              dataKey={key}
              name={words}
              className={`oc-series-${key}`}
              stroke="currentColor"
              strokeWidth={2}
              {...(key === 'p95' && { strokeDasharray: '5 3' })}
              dot={points.length < 30 ? { r: 2, fill: 'currentColor' } : false}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}

export interface LatencyChartProps {
  /** The time that is shown, ms since the epoch. */
  span: { from: number; to: number };
  latency: LatencyPoint[];
  incidents: IncidentBand[];
}

const LATENCY_HEIGHT = 150;

/** Latency over time; a check that failed leaves a gap, an incident a band. */
export function LatencyChart({ span, latency, incidents }: LatencyChartProps) {
  const zone = useZone();
  const points = latency.map(({ at, ms }) => ({ at: Date.parse(at), ms }));
  const within = (iso: string | null) =>
    Math.min(Math.max(iso === null ? span.to : Date.parse(iso), span.from), span.to);
  return (
    <div className="oc-charts oc-latency" aria-hidden="true">
      <ResponsiveContainer
        width="100%"
        height={LATENCY_HEIGHT}
        initialDimension={{ width: 380, height: LATENCY_HEIGHT }}
      >
        <LineChart
          data={points}
          margin={{ top: 8, right: 16, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} />
          {incidents.map(({ id, from, to }) => (
            <ReferenceArea
              key={id}
              x1={within(from)}
              x2={within(to)}
              className="oc-incident-band"
              fill="currentColor"
              fillOpacity={0.15}
            />
          ))}
          <XAxis {...timeAxis(span, zone)} />
          <YAxis
            width={52}
            tickFormatter={formatMs}
            tickLine={false}
            axisLine={false}
            tick={{ fontSize: 11 }}
          />
          <Tooltip
            labelFormatter={(at) => timeIn(Number(at), zone)}
            formatter={(value) => [formatMs(Number(value)), 'Answered within']}
            isAnimationActive={false}
          />
          <Line
            dataKey="ms"
            className="oc-series-p50"
            stroke="currentColor"
            strokeWidth={2}
            dot={points.length < 30 ? { r: 2, fill: 'currentColor' } : false}
            isAnimationActive={false}
          />
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}
