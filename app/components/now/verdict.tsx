import type { ReactNode } from 'react';
import type { NextStep, OverviewVerdict as VerdictData } from '../../features/overview/overview-view.ts';
import { type CustomersWaiting } from '../../features/waiting/waiting-view.ts';
import { dueText, waitForAnswer } from '../../features/waiting/waiting-words.ts';
import { NextStepButtons } from '../layout/next-step.tsx';
import { Moment, Said, Time } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';

interface VerdictProps {
  verdict: VerdictData;
  nextStep: NextStep;
  /** Who waits for an answer; null: not known. */
  waiting?: CustomersWaiting | null;
  /** What to do, where it is more than the next step. */
  children?: ReactNode;
}

/**
 * What is the matter, in one sentence, who waits, and what to do about it.
 * Screen readers hear the word when it changes, not every tick of the numbers in the sentence.
 */
export function Verdict({ verdict, nextStep, waiting = null, children }: VerdictProps) {
  const { cure } = verdict;
  const { first, rest } = apart(cure ? verdict.sentence.replace(` ${cure}`, '') : verdict.sentence, waiting);
  return (
    <section className={`oc-state oc-state-${verdict.tone}`} aria-label="State of customer support">
      <div className="oc-state-word">
        <ToneIcon tone={verdict.tone} />
        <strong>{verdict.word}</strong>
        {verdict.since && (
          <span>
            {' '}
            for <Time at={verdict.since} as="for" />, since <Moment at={verdict.since} form="clock" />
          </span>
        )}
        {verdict.detail && (
          <details>
            <summary>Details</summary>
            The last check said: {verdict.detail}
          </details>
        )}
      </div>
      <h1>
        <Said text={first} />
      </h1>
      {rest && (
        <p className="oc-state-rest">
          <Said text={rest} />
        </p>
      )}
      {cure && (
        <details className="oc-details">
          <summary>How to mend it</summary>
          <Said text={cure} />
        </details>
      )}
      {waiting && (
        <p className="oc-state-people">
          <strong>{waitForAnswer(waiting.count)}</strong>
          {waiting.oldestSince && (
            <>
              , the longest for{' '}
              <strong>
                <Time at={waiting.oldestSince} as="for" />
              </strong>
            </>
          )}
          {waiting.count > 0 && `; ${dueText(waiting)}`}.
        </p>
      )}
      {children ?? (
        <div className="oc-next">
          <p>
            <strong className="oc-next-label">Next step</strong> <Said text={nextStep.sentence} />
          </p>
          <NextStepButtons nextStep={nextStep} />
        </div>
      )}
      <p role="status" className="oc-hidden">
        {verdict.word}
      </p>
    </section>
  );
}

/** The first sentence is the heading; who waits has a line of its own. */
function apart(sentence: string, waiting: CustomersWaiting | null): { first: string; rest: string } {
  const people = waiting ? ` ${waitForAnswer(waiting.count)}, ${dueText(waiting)}.` : '';
  const alone = people && sentence.endsWith(people) ? sentence.slice(0, -people.length) : sentence;
  const end = /[.!?] (?=[A-Z0-9])/.exec(alone);
  return end
    ? { first: alone.slice(0, end.index + 1), rest: alone.slice(end.index + 2) }
    : { first: alone, rest: '' };
}
