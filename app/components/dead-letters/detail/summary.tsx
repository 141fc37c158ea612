import type { SerializeFrom } from '@remix-run/node';
import { Link } from '@remix-run/react';
import type { DeadLetterDetail } from '../../../features/delivery/dead-letters/dead-letter-view.ts';
import type { Tone } from '../../../features/overview/overview-view.ts';
import { PersonName } from '../../layout/person.tsx';
import { Time } from '../../time.tsx';
import { ToneIcon } from '../../tone.tsx';
import { causeWords, customerWords, eventWords } from '../delivery-words.ts';

const STATES: Record<Detail['entry'], { tone: Tone; word: string }> = {
  open: { tone: 'critical', word: 'Waits for a decision' },
  discarded: { tone: 'unknown', word: 'Discarded' },
  replayed: { tone: 'info', word: 'Replayed' },
};

const NOW: Record<string, { tone: Tone; word: string }> = {
  delivered: { tone: 'good', word: 'Delivered after all' },
  pending: { tone: 'info', word: 'On its way again' },
  dead: { tone: 'critical', word: 'Failed again' },
};

/** What this dead letter is, in a sentence, and what became of it. */
export function Summary({ detail }: { detail: Detail }) {
  const { tone, word } =
    detail.entry === 'replayed' ? (NOW[detail.delivery.state] ?? STATES.replayed) : STATES[detail.entry];
  const attempts = detail.attemptsOfRun === 1 ? 'one attempt' : `${detail.attemptsOfRun} attempts`;
  return (
    <section className={`oc-verdict oc-band-${tone}`} aria-label="Summary">
      <div className="oc-verdict-main">
        <ToneIcon tone={tone} />
        <div>
          <p className="oc-verdict-word">
            <strong>{word}</strong>
          </p>
          <h1 className="oc-verdict-sentence">
            Not delivered: “{eventWords(detail.event)}” for <PersonName name={customerWords(detail)} />
            {detail.conversation && `, conversation ${detail.conversation}`}.
          </h1>
          <p>
            {detail.fetched ? 'Fetched from Chatwoot' : 'Received'} <Time at={detail.receivedAt} />, given up{' '}
            <Time at={detail.deadAt} /> after {attempts}. {causeWords(detail.errorClass, detail.status)}.
          </p>
          <Became detail={detail} />
        </div>
      </div>
    </section>
  );
}

function Became({ detail }: { detail: Detail }) {
  const { discarded, delivery } = detail;
  if (discarded) {
    return (
      <p>
        Discarded by <b>{discarded.by}</b>
        {discarded.at && (
          <>
            {' '}
            <Time at={discarded.at} />
          </>
        )}
        : {discarded.reason}
      </p>
    );
  }
  if (delivery.deadLetter !== null && delivery.deadLetter !== detail.id) {
    return (
      <p>
        It was replayed and failed again:{' '}
        <Link to={`/dead-letters/${delivery.deadLetter}`}>see dead letter {delivery.deadLetter}</Link>.
      </p>
    );
  }
  if (delivery.state === 'delivered' && delivery.finishedAt) {
    return (
      <p>
        The Agent service took it <Time at={delivery.finishedAt} />.
      </p>
    );
  }
  return null;
}

/** Everything about one dead letter as the browser gets it. */
export type Detail = SerializeFrom<DeadLetterDetail>;
