import { useNow } from './clock.tsx';
import { formatUtc } from './format.ts';

/** `0:09`, `4:10`, `1:04:10`; rounded up, so that it ends at zero and not before. */
export function countdownText(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** Time that is left until a moment, second by second; the exact UTC time on hover. */
export function Countdown({ to, over = 'now' }: { to: string; over?: string }) {
  const left = Date.parse(to) - useNow();
  return (
    <time dateTime={to} title={formatUtc(to)} className="oc-time">
      {left > 0 ? `in ${countdownText(left)}` : over}
    </time>
  );
}
