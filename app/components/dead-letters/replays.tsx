import { PauseCircleIcon, PlayCircleIcon, XCircleIcon } from '@shopify/polaris-icons';
import { ProgressBar } from '@shopify/polaris';
import type { ReplayView } from '../../features/overview/overview-view.ts';
import { countText, durationText, numberText } from '../../lib/words.ts';
import { useMay } from '../layout/person.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { ToneWord } from '../tone.tsx';

const STATES = {
  running: { tone: 'info', word: 'Running' },
  paused: { tone: 'warning', word: 'Paused' },
  stopped: { tone: 'critical', word: 'Stopped by itself' },
  cancelled: { tone: 'unknown', word: 'Cancelled' },
  done: { tone: 'good', word: 'Done' },
} as const;

/** Replays that go on, or wait for somebody to let them go on. */
export const unfinished = (replays: ReplayView[]): ReplayView[] =>
  replays.filter(({ state }) => state === 'running' || state === 'paused');

/** How far the replays are, with the buttons to pause, resume and cancel; those that ended well take one line. */
export function Replays({ replays }: { replays: ReplayView[] }) {
  const ended = replays.filter(({ state }) => state === 'done' || state === 'cancelled');
  const others = replays.filter((replay) => !ended.includes(replay));
  return (
    <>
      {others.length > 0 && (
        <ul className="oc-replays" aria-label="Replays">
          {others.map((replay) => (
            <ReplayCard key={replay.id} replay={replay} />
          ))}
        </ul>
      )}
      {ended.length > 0 && (
        <ul className="oc-replays-ended" aria-label="Replays that ended just now">
          {ended.map((replay) => (
            <li key={replay.id}>
              Replay {replay.id}{' '}
              <ToneWord tone={STATES[replay.state].tone}>{STATES[replay.state].word}</ToneWord>{' '}
              {figures(replay)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function ReplayCard({ replay }: { replay: ReplayView }) {
  const mayReplay = useMay('dead_letters.replay');
  const { tone, word } = STATES[replay.state];
  const ended = Math.max(replay.total - replay.waiting, 0);
  const open = replay.state === 'running' || replay.state === 'paused';
  return (
    <li className="oc-replay">
      <div className="oc-replay-head">
        <h3>
          Replay {replay.id}: {countText(replay.total, 'webhook')}
        </h3>
        <ToneWord tone={tone}>{word}</ToneWord>
      </div>
      {open && (
        <ProgressBar
          progress={replay.total > 0 ? Math.floor((ended / replay.total) * 100) : 0}
          size="small"
          tone={replay.dead > 0 ? 'critical' : 'success'}
          ariaLabelledBy={`replay-${replay.id}`}
        />
      )}
      <p id={`replay-${replay.id}`} className="oc-replay-figures">
        {figures(replay)}
      </p>
      {replay.reason && <p className="oc-hint">{replay.reason}</p>}
      {open && mayReplay && (
        <div className="oc-row">
          {replay.state === 'running' ? (
            <PostForm action={`/api/replays/${replay.id}/pause`}>
              <SubmitButton size="slim" icon={PauseCircleIcon} aria-label={`Pause replay ${replay.id}`}>
                Pause
              </SubmitButton>
            </PostForm>
          ) : (
            <PostForm action={`/api/replays/${replay.id}/resume`}>
              <SubmitButton size="slim" icon={PlayCircleIcon} aria-label={`Resume replay ${replay.id}`}>
                Resume
              </SubmitButton>
            </PostForm>
          )}
          <PostForm action={`/api/replays/${replay.id}/cancel`}>
            <SubmitButton size="slim" icon={XCircleIcon} aria-label={`Cancel replay ${replay.id}`}>
              Cancel
            </SubmitButton>
          </PostForm>
        </div>
      )}
    </li>
  );
}

function figures(replay: ReplayView): string {
  const parts = [`${numberText(replay.delivered)} delivered`];
  if (replay.waiting > 0) parts.push(`${numberText(replay.waiting)} waiting`);
  if (replay.dead > 0) parts.push(`${numberText(replay.dead)} failed again`);
  if (replay.skipped > 0) parts.push(`${numberText(replay.skipped)} skipped, answered meanwhile`);
  if (replay.perSecond !== null)
    parts.push(
      `${replay.perSecond < 10 ? replay.perSecond.toFixed(1) : numberText(Math.round(replay.perSecond))} a second`,
    );
  if (replay.state === 'running' && replay.secondsLeft !== null && replay.secondsLeft > 0) {
    parts.push(`about ${durationText(replay.secondsLeft * 1000)} left`);
  }
  return parts.join(' · ');
}
