import type { ReplayView } from '../../features/overview/overview-view.ts';
import { countText, numberText } from '../../lib/words.ts';
import { useMay } from '../layout/person.tsx';
import { figuresOf, Progress, type Work, WORK_STATES } from '../layout/progress.tsx';
import { ToneWord } from '../tone.tsx';

/** Replays that go on, or wait for somebody to let them go on. */
export const unfinished = (replays: ReplayView[]): ReplayView[] =>
  replays.filter(({ state }) => state === 'running' || state === 'paused');

/** How far the replays are, with the buttons to pause, resume and cancel; those that ended well take one line. */
export function Replays({ replays }: { replays: ReplayView[] }) {
  const mayReplay = useMay('dead_letters.replay');
  const ended = replays.filter(({ state }) => state === 'done' || state === 'cancelled');
  const others = replays.filter((replay) => !ended.includes(replay));
  return (
    <>
      {others.length > 0 && (
        <ul className="oc-replays" aria-label="Replays">
          {others.map((replay) => (
            <Progress key={replay.id} work={workOf(replay, mayReplay)} />
          ))}
        </ul>
      )}
      {ended.length > 0 && (
        <ul className="oc-replays-ended" aria-label="Replays that ended just now">
          {ended.map((replay) => (
            <li key={replay.id}>
              Replay {replay.id}{' '}
              <ToneWord tone={WORK_STATES[replay.state].tone}>{WORK_STATES[replay.state].word}</ToneWord>{' '}
              {figuresOf(workOf(replay, false))}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function workOf(replay: ReplayView, may: boolean): Work {
  const { id, state, reason, total, delivered, waiting, dead, skipped, perSecond, secondsLeft } = replay;
  return {
    id: `replay-${id}`,
    name: `Replay ${id}`,
    title: `Replay ${id}: ${countText(total, 'webhook')}`,
    ...{ state, reason, total, perSecond, secondsLeft },
    done: Math.max(total - waiting, 0),
    failing: dead > 0,
    figures: [
      `${numberText(delivered)} delivered`,
      ...(waiting > 0 ? [`${numberText(waiting)} waiting`] : []),
      ...(dead > 0 ? [`${numberText(dead)} failed again`] : []),
      ...(skipped > 0 ? [`${numberText(skipped)} skipped, answered meanwhile`] : []),
    ],
    ...(may && { control: (verb) => ({ action: `/api/replays/${id}/${verb}` }) }),
  };
}
