import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { WaitingSample } from '../../features/waiting/waiting-view.ts';
import { bareTime, timeIn } from '../../lib/zone.ts';
import { useZone } from '../time.tsx';

const HEIGHT = 170;
const SERIES = [
  ['waiting', 'Waiting', 'oc-series-p50'],
  ['breached', 'Past the target', 'oc-series-failed'],
] as const;

/** Those who waited, and those of them who waited too long. Screen readers are given the table below instead. */
export default function WaitingChart({ samples, withDay }: { samples: WaitingSample[]; withDay: boolean }) {
  const zone = useZone();
  const label = (at: string) => bareTime(at, zone, 'minute').slice(withDay ? 5 : 11);
  const few = samples.filter(({ waiting }) => waiting !== null).length < 15;
  return (
    <figure className="oc-charts oc-latency oc-chart" aria-hidden="true">
      <figcaption className="oc-legend">
        {SERIES.map(([key, words, series]) => (
          <span key={key} className={series}>
            <i />
            <em>{words}</em>
          </span>
        ))}
      </figcaption>
      <ResponsiveContainer width="100%" height={HEIGHT} initialDimension={{ width: 380, height: HEIGHT }}>
        <LineChart
          data={samples}
          margin={{ top: 8, right: withDay ? 34 : 16, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} />
          <XAxis
            dataKey="at"
            tickFormatter={label}
            minTickGap={36}
            tickLine={false}
            axisLine={false}
            tick={{ fontSize: 11 }}
            height={22}
          />
          <YAxis width={40} tickLine={false} axisLine={false} allowDecimals={false} tick={{ fontSize: 11 }} />
          <Tooltip
            labelFormatter={(at) => (typeof at === 'string' ? timeIn(at, zone) : '')}
            isAnimationActive={false}
          />
          {SERIES.map(([key, words, series]) => (
            <Line
              key={key}
              dataKey={key}
              name={words}
              className={series}
              stroke="currentColor"
              strokeWidth={2}
              strokeDasharray={key === 'breached' ? '5 3' : undefined}
              dot={few ? { r: 2.5, fill: 'currentColor' } : false}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </figure>
  );
}
