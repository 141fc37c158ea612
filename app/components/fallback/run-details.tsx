import type { ReactNode } from 'react';
import type { FallbackRun, FallbackStep } from '../../features/fallback/fallback-view.ts';
import { CHANNEL_WORDS } from '../../features/notify/channel.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { countText, numberText } from '../../lib/words.ts';
import { timeIn } from '../../lib/zone.ts';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { PersonName } from '../layout/person.tsx';
import { paceOf, Progress, type Work } from '../layout/progress.tsx';
import { Section } from '../layout/page.tsx';
import { Moment, Said, useNow, useZone } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

const CHANNELS: Record<string, string> = { ...CHANNEL_WORDS, email: 'e-mail', webhook: 'webhook' };

/** One time in fallback mode: what did happen, step by step, and what became of what waited. */
export function RunDetails({ run, open, may }: { run: FallbackRun; open: boolean; may: boolean }) {
  const zone = useZone();
  const title = open ? 'What happened' : `Earlier: ${timeIn(run.startedAt, zone)}`;
  return (
    <Section id={`run-${run.id}`} title={title}>
      <p className="oc-hint">
        On <Moment at={run.startedAt} /> by {run.startedBy}: {run.reason}
        {run.endedAt && (
          <>
            <br />
            Off <Moment at={run.endedAt} /> by {run.endedBy}: {run.endReason}
          </>
        )}
      </p>
      {run.overrideReason && (
        <p>
          <ToneWord tone="warning">Checklist overridden</ToneWord> {run.overrideReason}
          {run.openItems.length > 0 && <> Still open then: {run.openItems.join('; ')}.</>}
        </p>
      )}
      <Under run={run} />
      <RunSteps run={run} may={may} />
      {run.notices.length > 0 && (
        <p className="oc-quiet">
          Notices:{' '}
          {run.notices
            .map(
              ({ channel, state, answer }) =>
                `${CHANNELS[channel] ?? channel} ${state}${answer ? ` (${answer})` : ''}`,
            )
            .join(', ')}
          .
        </p>
      )}
      <SkippedList run={run} may={may} />
    </Section>
  );
}

/** How far the steps that were asked for last are, and what was held; nothing when nothing is under way. */
function Under({ run }: { run: FallbackRun }) {
  const now = useNow();
  const direction = run.endedAt === null ? 'on' : 'off';
  const since = run.endedAt ?? run.startedAt;
  const steps = run.steps.filter((step) => step.direction === direction);
  const done = steps.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
  const failed = steps.filter(({ state }) => state === 'failed').length;
  const { held = 0, left = 0 } = run.drain ?? {};
  const works: Work[] = [];
  if (done < steps.length)
    works.push({
      id: `fallback-steps-${run.id}`,
      name: 'The steps',
      title: `Going ${direction}: ${countText(steps.length, 'step')}`,
      state: 'running',
      ...{ done, total: steps.length, failing: failed > 0 },
      figures: [`${done} of ${steps.length} done`, ...(failed > 0 ? [`${failed} failed`] : [])],
      ...paceOf({ done, total: steps.length, since }, now),
    });
  if (left > 0)
    works.push({
      id: `fallback-drain-${run.id}`,
      name: 'What was held',
      title: `Sending what was held: ${deliveries(held)}`,
      state: 'running',
      ...{ done: held - left, total: held },
      figures: [`${numberText(held - left)} dealt with`, `${numberText(left)} follow in order`],
      ...paceOf({ done: held - left, total: held, since }, now),
    });
  if (works.length === 0) return null;
  return (
    <ul className="oc-replays" aria-label="Under way">
      {works.map((work) => (
        <Progress key={work.id} work={work} />
      ))}
    </ul>
  );
}

const WORDS: Record<FallbackStep['state'], [Tone, string]> = {
  waiting: ['info', 'Waiting'],
  running: ['info', 'Being done'],
  done: ['good', 'Done'],
  failed: ['critical', 'Failed'],
  cancelled: ['unknown', 'Given up'],
};

/** What the click did at once, and then each step: the same list as was announced. */
function RunSteps({ run, may }: { run: FallbackRun; may: boolean }) {
  const going = (direction: FallbackStep['direction']) =>
    run.steps
      .filter((step) => step.direction === direction)
      .map((step) => (
        <Step key={step.id} step={step} may={may && (direction === 'off' || run.endedAt === null)} />
      ));
  return (
    <ul className="oc-steps">
      <AtOnce
        title="Automation paused, banner on every page"
        result={
          run.heldAtOnce === null ? null : `${deliveries(run.heldAtOnce)} waited then and are held since.`
        }
        note={
          <>
            Going on, by {run.startedBy}, <Moment at={run.startedAt} />
          </>
        }
      />
      {going('on')}
      {run.endedAt && (
        <AtOnce
          title="Automation goes on, banner gone"
          result={drained(run)}
          note={
            <>
              Going off, by {run.endedBy}, <Moment at={run.endedAt} />
            </>
          }
        />
      )}
      {going('off')}
    </ul>
  );
}

function AtOnce({ title, result, note }: { title: string; result: string | null; note: ReactNode }) {
  return (
    <li>
      <ToneWord tone="good">Done</ToneWord>
      <div>
        <b>{title}</b>
        {result && <p>{result}</p>}
        <small className="oc-quiet">{note}</small>
      </div>
    </li>
  );
}

function Step({ step, may }: { step: FallbackStep; may: boolean }) {
  const [tone, word] = WORDS[step.state];
  const tried = step.attempts === 1 ? 'tried once' : `tried ${step.attempts} times`;
  return (
    <li>
      <ToneWord tone={tone}>{word}</ToneWord>
      <div>
        <b>{step.title}</b>
        {step.result && (
          <p>
            <Said text={step.result} />
          </p>
        )}
        <small className="oc-quiet">
          Going {step.direction}, asked for by {step.requestedBy}
          {step.finishedAt && (
            <>
              , <Moment at={step.finishedAt} />
            </>
          )}
          {step.state === 'waiting' && step.attempts > 0 && (
            <>
              ; {tried}, again <Moment at={step.dueAt} />
            </>
          )}
        </small>
      </div>
      {may && step.state === 'failed' && (
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
  );
}

const deliveries = (n: number) => `${n.toLocaleString('en')} ${n === 1 ? 'delivery' : 'deliveries'}`;

function drained({ drain }: FallbackRun): string | null {
  if (!drain) return null;
  const { held, left } = drain;
  if (held === 0) return 'Nothing waited.';
  if (left === 0) return `All of the ${deliveries(held)} that waited have been dealt with.`;
  return `${(held - left).toLocaleString('en')} of the ${deliveries(held)} that waited have been dealt with; ${left.toLocaleString('en')} follow in order.`;
}

/** Messages that got no AI draft, because a person had answered: never silent, and they can be sent on. */
function SkippedList({ run, may }: { run: FallbackRun; may: boolean }) {
  if (run.skippedCount === 0) return null;
  const left = run.skipped.some(({ restoredAt }) => !restoredAt);
  return (
    <div className="oc-skipped">
      <h3>
        {run.skippedCount} {run.skippedCount === 1 ? 'message' : 'messages'} left out
      </h3>
      <p className="oc-hint">Answered by a person during fallback; discarded in the name of {run.endedBy}.</p>
      <div className="oc-scroll" role="region" aria-label="Messages left out" tabIndex={0}>
        <table className="oc-table oc-table-text">
          <thead>
            <tr>
              <th scope="col">Conversation</th>
              <th scope="col">Customer</th>
              <th scope="col">Written</th>
              <th scope="col">Answered</th>
              <th scope="col">Now</th>
            </tr>
          </thead>
          <tbody>
            {run.skipped.map((skip) => (
              <tr key={skip.seq}>
                <th scope="row">{skip.conversation ?? '–'}</th>
                <td>
                  <PersonName name={skip.customer ?? '–'} />
                </td>
                <td>
                  <Moment at={skip.receivedAt} />
                </td>
                <td>
                  <Moment at={skip.answeredAt} />
                </td>
                <td>
                  {skip.restoredAt ? (
                    `Sent on by ${skip.restoredBy}`
                  ) : may ? (
                    <PostForm
                      action="/api/fallback/steps"
                      fields={{ do: 'restore', run: String(run.id), seq: String(skip.seq) }}
                      returnTo="/fallback"
                    >
                      <SubmitButton
                        size="slim"
                        aria-label={`Send on the message of conversation ${skip.conversation}`}
                      >
                        Send on
                      </SubmitButton>
                    </PostForm>
                  ) : (
                    'Left out'
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {run.skippedCount > run.skipped.length && <p>The first {run.skipped.length} are listed.</p>}
      {may && left && (
        <PostForm
          action="/api/fallback/steps"
          fields={{ do: 'restore', run: String(run.id) }}
          returnTo="/fallback"
        >
          <SubmitButton>Send all of them on</SubmitButton>
        </PostForm>
      )}
    </div>
  );
}
