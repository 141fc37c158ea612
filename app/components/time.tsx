import { durationText } from '../features/overview/words.ts';
import { useNow } from './clock.tsx';
import { formatUtc } from './format.ts';

interface TimeProps {
  at: string;
  /** `ago`: "4 min ago"; `for`: "4 min", to stand after "for". */
  as?: 'ago' | 'for';
}

/** A moment as an age that keeps itself up to date; the exact UTC time on hover and for machines. */
export function Time({ at, as = 'ago' }: TimeProps) {
  const age = useNow() - Date.parse(at);
  const momentary = age < 1000;
  const text =
    as === 'for'
      ? momentary
        ? 'a moment'
        : durationText(age)
      : momentary
        ? 'just now'
        : `${durationText(age)} ago`;
  return (
    <time dateTime={at} title={formatUtc(at)} className="oc-time">
      {text}
    </time>
  );
}
