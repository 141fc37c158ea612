import { PauseCircleIcon, PlayCircleIcon, XCircleIcon } from '@shopify/polaris-icons';
import type { Tone } from '../../features/overview/overview-view.ts';
import { durationText } from '../../lib/time-words.ts';
import { numberText } from '../../lib/words.ts';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { ToneWord } from '../tone.tsx';

type WorkState = 'running' | 'paused' | 'stopped' | 'cancelled' | 'done';

export const WORK_STATES: Record<WorkState, { tone: Tone; word: string }> = {
  running: { tone: 'info', word: 'Running' },
  paused: { tone: 'warning', word: 'Paused' },
  stopped: { tone: 'critical', word: 'Stopped by itself' },
  cancelled: { tone: 'unknown', word: 'Cancelled' },
  done: { tone: 'good', word: 'Done' },
};

type Verb = 'pause' | 'resume' | 'cancel';

/** Work that takes longer than a click: what it is, how far it is, how fast, how long it will take. */
export interface Work {
  /** For the page, unlike any other: "replay-12". */
  id: string;
  /** "Replay 12", as its buttons name it. */
  name: string;
  /** "Replay 12: 1,050 webhooks" */
  title: string;
  state: WorkState;
  done: number;
  /** null: not known yet. */
  total: number | null;
  /** Some of it failed. */
  failing?: boolean;
  /** What became of it so far, a part each. */
  figures: readonly string[];
  perSecond: number | null;
  secondsLeft: number | null;
  /** Why it is as it is, in a sentence. */
  reason?: string | null;
  /** Where a press of a button goes, null: there is no such button; left out: whoever looks may press none. */
  control?: (verb: Verb) => { action: string; fields?: Record<string, string> } | null;
}

const isOpen = ({ state }: Work) => state === 'running' || state === 'paused';

/** What every long work shows, with its buttons; an item of a list. */
export function Progress({ work }: { work: Work }) {
  const { id, title, state, done, total, failing = false, reason } = work;
  const { tone, word } = WORK_STATES[state];
  return (
    <li className="oc-replay">
      <div className="oc-replay-head">
        <h3>{title}</h3>
        <ToneWord tone={tone}>{word}</ToneWord>
      </div>
      {isOpen(work) && total !== null && (
        <progress
          className={failing ? 'oc-progress oc-progress-failing' : 'oc-progress'}
          value={done}
          max={Math.max(total, 1)}
          aria-labelledby={id}
        />
      )}
      <p id={id} className="oc-replay-figures">
        {figuresOf(work)}
      </p>
      {reason && <p className="oc-hint">{reason}</p>}
      <Buttons work={work} />
    </li>
  );
}

/** "12 delivered · 88 waiting · 4.2 a second · about 20 s left" */
export function figuresOf({
  state,
  figures,
  perSecond,
  secondsLeft,
}: Pick<Work, 'state' | 'figures' | 'perSecond' | 'secondsLeft'>): string {
  const parts = [...figures];
  if (perSecond !== null)
    parts.push(`${perSecond < 10 ? perSecond.toFixed(1) : numberText(Math.round(perSecond))} a second`);
  if (state === 'running' && secondsLeft !== null && secondsLeft > 0)
    parts.push(`about ${durationText(secondsLeft * 1000)} left`);
  return parts.join(' · ');
}

function Buttons({ work }: { work: Work }) {
  const { control, name, state } = work;
  if (!isOpen(work) || !control) return null;
  const about = name.charAt(0).toLowerCase() + name.slice(1);
  const verbs = [
    state === 'running'
      ? (['pause', 'Pause', PauseCircleIcon] as const)
      : (['resume', 'Resume', PlayCircleIcon] as const),
    ['cancel', 'Cancel', XCircleIcon] as const,
  ];
  return (
    <div className="oc-row">
      {verbs.map(([verb, label, icon]) => {
        const form = control(verb);
        return (
          form && (
            <PostForm key={verb} {...form}>
              <SubmitButton size="slim" icon={icon} aria-label={`${label} ${about}`}>
                {label}
              </SubmitButton>
            </PostForm>
          )
        );
      })}
    </div>
  );
}

/** How fast something goes, and how long it will take. @param since when it began, ISO. @param now ms since the epoch */
export function paceOf(
  { done, total, since }: { done: number; total: number | null; since: string },
  now: number,
): Pick<Work, 'perSecond' | 'secondsLeft'> {
  const seconds = Math.max(1, (now - Date.parse(since)) / 1000);
  const perSecond = done > 0 ? done / seconds : null;
  return {
    perSecond,
    secondsLeft: perSecond !== null && total !== null ? Math.ceil((total - done) / perSecond) : null,
  };
}
