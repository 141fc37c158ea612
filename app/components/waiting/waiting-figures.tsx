import type { BacklogFigures, Forecast } from '../../features/backlog/waiting-view.ts';
import { countText, durationText, numberText } from '../../features/overview/words.ts';
import { formatUtc } from '../format.ts';
import { Section } from '../section.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

/** How it stands: one sentence, then the numbers it is made of. What was not measured is unknown, not zero. */
export function WaitingFigures({ figures }: { figures: BacklogFigures }) {
  const { known, waiting, breached, oldestSince, targetSeconds } = figures;
  return (
    <Section id="now" title="Now" side={<Judgement figures={figures} />}>
      <p className="oc-lead">{sentenceOf(figures)}</p>
      {known && (
        <dl className="oc-facts oc-waiting-facts">
          <Fact term="Waiting">{numberText(waiting ?? 0)}</Fact>
          <Fact term="Nobody has taken them">{numberText(figures.unassigned ?? 0)}</Fact>
          <Fact term="Past the target">{numberText(breached ?? 0)}</Fact>
          <Fact term="Longest wait">{oldestSince ? <Time at={oldestSince} as="for" /> : '–'}</Fact>
          <Fact term="Answered in the last hour">{numberText(figures.answeredLastHour ?? 0)}</Fact>
          <Fact term="Average time to an answer">
            {figures.averageResponseSeconds === null
              ? 'No answer in the last hour'
              : durationText(figures.averageResponseSeconds * 1000)}
          </Fact>
        </dl>
      )}
      {figures.byHand.waiting > 0 && (
        <p>
          {handSentence(figures)} <a href="/tickets">Open the tickets</a>.
        </p>
      )}
      {figures.forecast && (
        <p>
          <b>The next hour:</b> {forecastText(figures.forecast)}
        </p>
      )}
      <p className="oc-quiet">
        An answer is due within {durationText(targetSeconds * 1000)}, unless Chatwoot has a policy of its own
        for the conversation. Notes and drafts are no answers.
        {figures.asOf && ` Webhooks read up to ${formatUtc(figures.asOf)}.`}
      </p>
    </Section>
  );
}

function Fact({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Judgement({ figures: { known, byHand, ...figures } }: { figures: BacklogFigures }) {
  const waiting = (figures.waiting ?? 0) + byHand.waiting;
  const breached = (figures.breached ?? 0) + byHand.breached;
  if (!known && !breached) return <ToneWord tone="unknown">Unknown</ToneWord>;
  if (breached) return <ToneWord tone="critical">Target missed</ToneWord>;
  return waiting ? (
    <ToneWord tone="info">Within the target</ToneWord>
  ) : (
    <ToneWord tone="good">Nobody waits</ToneWord>
  );
}

export function sentenceOf({ known, asOf, waiting, breached, byHand }: BacklogFigures): string {
  if (!known)
    return asOf === null
      ? 'It is not known who waits: no webhook has been read yet.'
      : 'It is not known who waits now: reading the webhooks is behind.';
  if (!waiting)
    return byHand.waiting > 0
      ? 'No customer is waiting for an answer in Chatwoot.'
      : 'No customer is waiting for an answer.';
  const who = `${countText(waiting, 'customer')} ${waiting === 1 ? 'waits' : 'wait'} for an answer`;
  if (!breached) return `${who}, all within the target.`;
  return `${who}, ${numberText(breached)} of them longer than the target allows.`;
}

/** Customers in tickets kept by hand, whom Chatwoot does not know of. */
export function handSentence({ byHand: { waiting, breached } }: BacklogFigures): string {
  const who = `${countText(waiting, 'customer')} ${waiting === 1 ? 'waits' : 'wait'} in tickets kept by hand`;
  if (!breached) return `${who}, all within the target.`;
  return `${who}, ${numberText(breached)} of them longer than the target allows.`;
}

export function forecastText({ ifNobodyAnswers, atPresentPace }: Forecast): string {
  const silent = `${numberText(ifNobodyAnswers)} more ${ifNobodyAnswers === 1 ? 'customer waits' : 'customers wait'} too long if nobody answers`;
  if (atPresentPace === null)
    return `${silent}. Nobody answered in the last hour, so there is no pace to go by.`;
  return `${silent}; ${numberText(atPresentPace)} if people answer and customers write as in the last hour.`;
}
