import type { FallbackRun, FallbackStep } from '../../features/fallback/fallback-view.ts';
import type { Tone } from '../../features/overview/overview.ts';
import { formatUtc } from '../format.ts';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { ToneWord } from '../tone.tsx';
import { SkippedList } from './skipped-list.tsx';

const WORDS: Record<FallbackStep['state'], [Tone, string]> = {
  waiting: ['info', 'Waiting'],
  running: ['info', 'Being done'],
  done: ['good', 'Done'],
  failed: ['critical', 'Failed'],
  cancelled: ['unknown', 'Given up'],
};

/** One time in fallback mode: what did happen, step by step, and what became of what waited. */
export function RunDetails({ run, open, may }: { run: FallbackRun; open: boolean; may: boolean }) {
  const title = open ? 'What did happen' : `Earlier: ${formatUtc(run.startedAt)}`;
  return (
    <Section id={`run-${run.id}`} title={title}>
      <p className="oc-hint">
        On {formatUtc(run.startedAt)} by {run.startedBy}: {run.reason}
        {run.endedAt && (
          <>
            <br />
            Off {formatUtc(run.endedAt)} by {run.endedBy}: {run.endReason}
          </>
        )}
      </p>
      {run.overrideReason && (
        <p>
          <ToneWord tone="warning">Checklist overridden</ToneWord> {run.overrideReason}
          {run.openItems.length > 0 && <> Still open then: {run.openItems.join('; ')}.</>}
        </p>
      )}
      {run.drain && (
        <p>
          {run.drain.left === 0
            ? `All ${run.drain.held} deliveries that waited have gone out.`
            : `${run.drain.held - run.drain.left} of ${run.drain.held} deliveries that waited have gone out; ${run.drain.left} follow in order.`}
        </p>
      )}
      <ul className="oc-steps">
        {run.steps.map((step) => (
          <li key={step.id}>
            <ToneWord tone={WORDS[step.state][0]}>{WORDS[step.state][1]}</ToneWord>
            <div>
              <b>{step.title}</b>
              {step.result && <p>{step.result}</p>}
              <small className="oc-quiet">
                Going {step.direction}, asked for by {step.requestedBy}
                {step.finishedAt && `, ${formatUtc(step.finishedAt)}`}
                {step.state === 'waiting' &&
                  step.attempts > 0 &&
                  `; tried ${step.attempts} times, again ${formatUtc(step.dueAt)}`}
              </small>
            </div>
            {may && step.state === 'failed' && (step.direction === 'off' || !run.endedAt) && (
              <PostForm
                action="/api/fallback/steps"
                fields={{ do: 'retry', step: String(step.id) }}
                returnTo="/fallback"
              >
                <SubmitButton size="slim" aria-label={`Try again: ${step.title}`}>
                  Try again
                </SubmitButton>
              </PostForm>
            )}
          </li>
        ))}
      </ul>
      {run.notices.length > 0 && (
        <p className="oc-quiet">
          Notices:{' '}
          {run.notices
            .map(({ channel, state, answer }) => `${channel} ${state}${answer ? ` (${answer})` : ''}`)
            .join(', ')}
          .
        </p>
      )}
      <SkippedList run={run} may={may} />
    </Section>
  );
}
