import type { XAxisProps } from 'recharts';
import { formatUtcClock } from '../../../lib/words.ts';

/** The axis of a chart over time. @param span the time that is shown, ms since the epoch */
export const timeAxis = ({ from, to }: { from: number; to: number }): XAxisProps => ({
  dataKey: 'at',
  type: 'number',
  scale: 'time',
  domain: [from, to],
  tickFormatter: (at: number) => formatUtcClock(new Date(at).toISOString()).slice(0, 5),
  minTickGap: 36,
  tickLine: false,
  axisLine: false,
  tick: { fontSize: 11 },
  height: 22,
});
