import type { XAxisProps } from 'recharts';
import { bareTime } from '../../../lib/zone.ts';

/** The axis of a chart over time. @param span the time that is shown, ms since the epoch */
export const timeAxis = ({ from, to }: { from: number; to: number }, zone: string): XAxisProps => ({
  dataKey: 'at',
  type: 'number',
  scale: 'time',
  domain: [from, to],
  tickFormatter: (at: number) => bareTime(at, zone, 'clock'),
  minTickGap: 36,
  tickLine: false,
  axisLine: false,
  tick: { fontSize: 11 },
  height: 22,
});
