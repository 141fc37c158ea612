import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { formatMs } from '../../../lib/time-words.ts';
import type { IncidentBand, LatencyPoint } from '../../../features/health/health-view.ts';
import { timeIn } from '../../../lib/zone.ts';
import { useZone } from '../../time.tsx';
import { timeAxis } from '../../chart-parts.tsx';

export interface LatencyChartProps {
  /** The time that is shown, ms since the epoch. */
  span: { from: number; to: number };
  latency: LatencyPoint[];
  incidents: IncidentBand[];
}

const HEIGHT = 150;

/** Latency over time; a check that failed leaves a gap, an incident a band. */
export default function LatencyChart({ span, latency, incidents }: LatencyChartProps) {
  const zone = useZone();
  const points = latency.map(({ at, ms }) => ({ at: Date.parse(at), ms }));
  const within = (iso: string | null) =>
    Math.min(Math.max(iso === null ? span.to : Date.parse(iso), span.from), span.to);
  return (
    <div className="oc-charts oc-latency" aria-hidden="true">
      <ResponsiveContainer width="100%" height={HEIGHT} initialDimension={{ width: 380, height: HEIGHT }}>
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
