import {
  customersWaiting,
  type Forecast,
  type WaitingCheck,
  type WaitingFigures,
} from '../../features/waiting/waiting-view.ts';
import { countedText, waitForAnswer } from '../../features/waiting/waiting-words.ts';
import { durationText } from '../../lib/time-words.ts';
import { countText, numberText } from '../../lib/words.ts';
import { timeIn } from '../../lib/zone.ts';
import { Section } from '../layout/page.tsx';
import { figuresOf, paceOf } from '../layout/progress.tsx';
import { Moment, Time, useNow, useZone } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

/** How it stands: one sentence, then the numbers it is made of. What was not measured is unknown, not zero. */
export function WaitingTiles({ figures }: { figures: WaitingFigures }) {
  const { targetSeconds } = figures;
  const customers = customersWaiting(figures);
  const zone = useZone();
  return (
    <Section id="now" title="Now" side={<Judgement figures={figures} />}>
      <p className="oc-lead">{sentenceOf(figures)}</p>
      {figures.check.counting?.since && (
        <Pace counting={figures.check.counting} since={figures.check.counting.since} />
      )}
      {/* Stays where it is while a number is not known for a moment. */}
      <dl className="oc-facts oc-waiting-facts">
        <Fact term="Waiting">{customers && numberText(customers.count)}</Fact>
        <Fact term="Nobody has taken them">{customers && numberText(customers.unassigned)}</Fact>
        <Fact term="Past the target">{customers && numberText(customers.breached)}</Fact>
        <Fact term="Longest wait">
          {customers?.oldestSince && <Time at={customers.oldestSince} as="for" />}
        </Fact>
        <Fact term="Answered in the last hour">{customers && numberText(figures.answeredLastHour ?? 0)}</Fact>
        <Fact term="Average time to an answer">
          {customers && figures.averageResponseSeconds !== null
            ? durationText(figures.averageResponseSeconds * 1000)
            : null}
        </Fact>
      </dl>
      {figures.byHand.waiting > 0 && (
        <p>
          {handSentence(figures)} <a href="/tickets">Open the tickets</a>.
        </p>
      )}
      {asides(figures).map((text) => (
        <p key={text}>{text}</p>
      ))}
      {figures.forecast && (
        <p>
          <b>The next hour:</b> {forecastText(figures.forecast)}
        </p>
      )}
      <p className="oc-quiet">
        An answer is due within {durationText(targetSeconds * 1000)}, unless Chatwoot has a policy of its own
        for the conversation. Notes and drafts are no answers.
        {figures.asOf && (
          <>
            {' '}
            Webhooks read up to <Moment at={figures.asOf} />.
          </>
        )}{' '}
        {checkedText(figures.check, zone)}
      </p>
    </Section>
  );
}

interface PaceProps {
  counting: NonNullable<WaitingCheck['counting']>;
  since: string;
}

/** "42 a second · about 1 min left" */
function Pace({ counting: { counted, total, step }, since }: PaceProps) {
  const pace = paceOf({ done: counted, total, since }, useNow());
  if (step !== 'lists' || counted === 0) return null;
  return <p>{figuresOf({ state: 'running', figures: [], ...pace })}</p>;
}

function Fact({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children ?? '–'}</dd>
    </div>
  );
}

function Judgement({ figures: { known, byHand, ...figures } }: { figures: WaitingFigures }) {
  const waiting = (figures.waiting ?? 0) + byHand.waiting;
  const breached = (figures.breached ?? 0) + byHand.breached;
  if (!known && !breached)
    return <ToneWord tone="unknown">{figures.check.counting ? 'Being counted' : 'Unknown'}</ToneWord>;
  if (breached) return <ToneWord tone="critical">Target missed</ToneWord>;
  return waiting ? (
    <ToneWord tone="info">Within the target</ToneWord>
  ) : (
    <ToneWord tone="good">Nobody waits</ToneWord>
  );
}

function sentenceOf(figures: WaitingFigures): string {
  const { asOf, check } = figures;
  const customers = customersWaiting(figures);
  if (check.counting) return countingText(check.counting, figures.untold ?? 0);
  if (!customers)
    return asOf === null
      ? 'It is not known who waits: no webhook has been read yet.'
      : 'It is not known who waits now: reading the webhooks is behind.';
  const { count, breached } = customers;
  const who = waitForAnswer(count);
  if (count === 0) return `${who}.`;
  if (!breached) return `${who}, all within the target.`;
  return `${who}, ${numberText(breached)} of them longer than the target allows.`;
}

/** What is in none of the numbers. */
function asides({ known, untold, gone, check }: WaitingFigures): string[] {
  const texts: string[] = [];
  if (known && untold)
    texts.push(
      `Of ${countText(untold, 'more conversation')} it is not known yet whether a customer waits there: Chatwoot is being asked for their messages.`,
    );
  if (gone > 0)
    texts.push(
      `${countText(gone, 'conversation')} ${gone === 1 ? 'was' : 'were'} deleted in Chatwoot within the last day while the customer waited: gone, and no longer counted.`,
    );
  if (check.problem && !check.checkedAt)
    texts.push(
      `Who waited before the first webhook is not counted: ${check.problem}. It will be tried again automatically.`,
    );
  return texts;
}

/** How far that is Chatwoot's own account. */
function checkedText({ checkedAt, problem, skipped }: WaitingCheck, zone: string): string {
  if (checkedAt === null) return 'Not yet checked against the list in Chatwoot.';
  const left = skipped > 0 ? `; ${numberText(skipped)} of its pages or conversations could not be read` : '';
  const again = problem ? ` The check that runs does not get on: ${problem}.` : '';
  return `Checked against Chatwoot's own list ${timeIn(checkedAt, zone)}${left}.${again}`;
}

/** "Being counted: 1,250 of 5,000 conversations", while what was there before the first webhook is read. */
function countingText(counting: NonNullable<WaitingCheck['counting']>, untold: number): string {
  if (counting.step === 'messages')
    return `Being counted: all ${countText(counting.counted, 'conversation')} of Chatwoot read; who wrote last is still being asked for ${numberText(untold)} of them.`;
  const of = countedText(counting);
  if (of === null) return 'Being counted: Chatwoot is being asked which conversations are open.';
  return `Being counted: ${of} conversations of Chatwoot read. Until all are, there is no number of those who wait, and no alarm about them.`;
}

/** Customers in tickets kept by hand, whom Chatwoot does not know of. */
function handSentence({ known, byHand: { waiting, breached } }: WaitingFigures): string {
  const verb = waiting === 1 ? 'waits' : 'wait';
  const who = `${known ? `Of these, ${numberText(waiting)}` : countText(waiting, 'customer')} ${verb} in tickets kept by hand`;
  if (!breached) return `${who}, all within the target.`;
  return `${who}, ${numberText(breached)} of them longer than the target allows.`;
}

function forecastText({ ifNobodyAnswers, atPresentPace }: Forecast): string {
  const silent = `${numberText(ifNobodyAnswers)} more ${ifNobodyAnswers === 1 ? 'customer waits' : 'customers wait'} too long if nobody answers`;
  if (atPresentPace === null)
    return `${silent}. Nobody answered in the last hour, so there is no pace to go by.`;
  return `${silent}; ${numberText(atPresentPace)} if people answer and customers write as in the last hour.`;
}
