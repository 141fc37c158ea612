import { durationText } from '../../features/overview/words.ts';
import { useNow } from '../clock.tsx';
import { formatUtc } from '../format.ts';
import { ToneWord } from '../tone.tsx';

/** So near to the target it is urgent, ms. */
const SOON_MS = 10 * 60_000;

/** How long until the target is missed, or since; in words as well as in colour. */
export function DueTime({ dueAt }: { dueAt: string }) {
  const left = Date.parse(dueAt) - useNow();
  const tone = left < 0 ? 'critical' : left < SOON_MS ? 'warning' : 'good';
  return (
    <time dateTime={dueAt} title={formatUtc(dueAt)} className="oc-time">
      <ToneWord tone={tone}>
        {left < 0 ? `${durationText(-left)} late` : `${durationText(left)} left`}
      </ToneWord>
    </time>
  );
}
